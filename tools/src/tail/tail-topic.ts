import type { LogReader } from '../log/log-reader.ts';
import type { LogPosition } from '../log/log-position.ts';
import { eventTypeOf, type LogRecord } from '../log/log-record.ts';

export interface TailOptions {
  readonly topic: string;
  readonly partition?: number | undefined;
  readonly from: LogPosition;
  /** End where the topic ended when the call was made, instead of waiting for more. */
  readonly untilEnd: boolean;
  readonly type?: readonly string[] | undefined;
  readonly key?: string | undefined;
  readonly signal: AbortSignal;
  readonly onTrouble: (sentence: string) => void;
}

/** The records of a topic that somebody wants to see, as they come. */
export async function* tailTopic(reader: LogReader, options: TailOptions): AsyncGenerator<LogRecord> {
  const { topic, signal, onTrouble } = options;
  // The end first: what is written while this looks for the beginning is new, and is shown when following.
  const ends = await reader.offsetsAt(topic, { kind: 'now' });
  const starts = options.from.kind === 'now' ? ends : await reader.offsetsAt(topic, options.from);
  const from = only(starts, options.partition);
  const records = reader.records({
    topic,
    from,
    ...(options.untilEnd ? { to: ends } : {}),
    signal,
    onTrouble,
  });
  for await (const record of records) if (isWanted(record, options)) yield record;
}

function only(offsets: ReadonlyMap<number, number>, partition: number | undefined): Map<number, number> {
  return new Map([...offsets].filter(([each]) => partition === undefined || each === partition));
}

function isWanted(record: LogRecord, { type, key }: Pick<TailOptions, 'type' | 'key'>): boolean {
  if (key !== undefined && record.key?.toString() !== key) return false;
  return type === undefined || type.includes(eventTypeOf(record) ?? '');
}
