import type { OutgoingRecord } from '@orderstream/events';
import type { LogRecord } from '../../src/log/log-record.ts';

/** The record as it lies in partition 0 of its topic. */
export function logged({ topic, key, value, headers }: OutgoingRecord, offset: number): LogRecord {
  const said = Object.entries(headers).filter(([, text]) => text !== undefined);
  return {
    topic,
    partition: 0,
    offset,
    timestampMs: Date.now(),
    key: key === null ? null : Buffer.from(key as string),
    value: value === null ? null : Buffer.from(value as string),
    headers: Object.fromEntries(said.map(([name, text]) => [name, Buffer.from(text as string)])),
  };
}
