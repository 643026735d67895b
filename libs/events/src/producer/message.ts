import type { Message } from 'kafkajs';
import type { OutgoingRecord } from '../event.ts';

type Headers = NonNullable<Message['headers']>;
type HeaderValue = string | Buffer | null | undefined;

/** Per-record framing in a produce request, roughly: attributes, deltas, lengths. */
export const RECORD_OVERHEAD_BYTES = 64;

/** The record as kafkajs takes it, and its size in bytes. */
export function messageOf({ key, value, headers }: OutgoingRecord): { message: Message; bytes: number } {
  let bytes = byteLength(key) + byteLength(value) + RECORD_OVERHEAD_BYTES;
  let isEncodable = true;
  for (const name of Object.keys(headers)) {
    const header = headers[name] as HeaderValue | HeaderValue[];
    for (const one of Array.isArray(header) ? header : [header]) {
      bytes += byteLength(name) + byteLength(one);
      isEncodable &&= one !== undefined;
    }
  }
  return { message: { key, value, headers: isEncodable ? headers : encodable(headers) }, bytes };
}

/** Without what says nothing. A header whose value is null is one, and is kept: dead letters repeat what other clients wrote. */
function encodable(headers: OutgoingRecord['headers']): Headers {
  const entries = Object.entries(headers as Record<string, HeaderValue | HeaderValue[]>)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, Array.isArray(value) ? value.map((one) => one ?? null) : value]);
  return Object.fromEntries(entries) as Headers;
}

function byteLength(data: HeaderValue): number {
  if (data === null || data === undefined) return 0;
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}
