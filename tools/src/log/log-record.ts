import type { IHeaders, KafkaMessage } from 'kafkajs';

/** A record as it lies in the log: bytes, not text. */
export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Unix ms. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

/** A header's text, the first one where it is repeated; undefined where it is missing or empty. */
export function headerOf(record: Pick<LogRecord, 'headers'>, name: string): string | undefined {
  const value = record.headers[name];
  return (Array.isArray(value) ? value[0] : value)?.toString() || undefined;
}

/** `topic/partition/offset`, as people and the `dlq-*` headers write it. */
export function positionText(at: Pick<LogRecord, 'topic' | 'partition' | 'offset'>): string {
  return `${at.topic}/${at.partition}/${at.offset}`;
}

/** The type a record says it has: by its header, else by its value. */
export function eventTypeOf(record: LogRecord): string | undefined {
  const named = headerOf(record, 'event-type');
  if (named !== undefined) return named;
  const type = envelopeOf(record)?.['event_type'];
  return typeof type === 'string' ? type : undefined;
}

/** The value as a JSON object; undefined when it is none. */
export function envelopeOf({ value }: Pick<LogRecord, 'value'>): Record<string, unknown> | undefined {
  if (value === null) return undefined;
  try {
    const parsed: unknown = JSON.parse(value.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 3339, or the number itself where no calendar holds it. */
export function timeText(timestampMs: number): string {
  const time = new Date(timestampMs);
  return Number.isNaN(time.getTime()) ? String(timestampMs) : time.toISOString();
}

/** The record as kafkajs would have handed it to a consumer. */
export function kafkaMessageOf(record: LogRecord): KafkaMessage {
  const { key, value, headers } = record;
  return {
    key,
    value,
    headers,
    offset: String(record.offset),
    timestamp: String(record.timestampMs),
    attributes: 0,
  };
}
