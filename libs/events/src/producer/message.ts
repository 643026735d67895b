import type { Message } from 'kafkajs';
import type { OutgoingRecord } from '../event.ts';

type Headers = NonNullable<Message['headers']>;
type HeaderValue = string | Buffer | null | undefined;

/** Per-record framing in a produce request, roughly: attributes, deltas, lengths. */
export const RECORD_OVERHEAD_BYTES = 64;

/** The record as kafkajs takes it, and its size in bytes. */
export function messageOf(record: OutgoingRecord): { message: Message; bytes: number } {
  const headers = encodable(record.headers);
  const headerBytes = Object.entries(headers)
    .flat(2)
    .reduce<number>((sum, text) => sum + byteLength(text as string | Buffer), 0);
  const bytes = byteLength(record.key) + byteLength(record.value) + headerBytes + RECORD_OVERHEAD_BYTES;
  return { message: { key: record.key, value: record.value, headers }, bytes };
}

/**
 * kafkajs fails on a header without a value, which Kafka and other clients allow, and takes the whole batch with it: null becomes
 * empty, the nearest it can write; undefined is left out.
 */
function encodable(headers: OutgoingRecord['headers']): Headers {
  const entries = Object.entries(headers as Record<string, HeaderValue | HeaderValue[]>)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, Array.isArray(value) ? value.map((one) => one ?? '') : (value ?? '')]);
  return Object.fromEntries(entries) as Headers;
}

function byteLength(data: string | Buffer | null): number {
  if (data === null) return 0;
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}
