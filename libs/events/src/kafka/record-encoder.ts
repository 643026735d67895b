/** A record as kafkajs hands it to its encoder (protocol/requests/produce/v3/request.js). */
export interface RecordToEncode {
  readonly key?: Uint8Array | string | null;
  readonly value?: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
}

type HeaderValue = Uint8Array | string;
type Text = Uint8Array | string | null;

/** A record whose length is known, ready to be written once. */
export interface MeasuredRecord {
  readonly offsetDelta: number;
  /** Of everything behind the length itself. */
  readonly bodyLength: number;
  /** Key, value, and then each header's name and value. */
  readonly texts: readonly Text[];
  readonly lengths: readonly number[];
}

/**
 * How long a record will be in the format of Kafka's record batch v2 (https://kafka.apache.org/documentation/#record), so that it can
 * be written straight to its place.
 * @param offsetDelta its number in the batch
 */
export function measureRecord({ key, value, headers }: RecordToEncode, offsetDelta: number): MeasuredRecord {
  const texts: Text[] = [key ?? null, value ?? null];
  for (const [name, values] of Object.entries(headers ?? {})) {
    if (Array.isArray(values)) for (const one of values as HeaderValue[]) texts.push(name, one);
    else texts.push(name, values as HeaderValue);
  }
  // One byte of attributes, one for the time, which is the batch's.
  let bodyLength = 2 + varintLength(offsetDelta) + varintLength((texts.length - 2) / 2);
  const lengths = texts.map(lengthOf);
  for (const length of lengths) bodyLength += varintLength(length) + Math.max(length, 0);
  return { offsetDelta, bodyLength, texts, lengths };
}

export function recordLength({ bodyLength }: MeasuredRecord): number {
  return varintLength(bodyLength) + bodyLength;
}

/** @returns where the record ends */
export function writeRecord(buffer: Buffer, begin: number, record: MeasuredRecord): number {
  const { offsetDelta, bodyLength, texts, lengths } = record;
  let at = writeVarint(buffer, begin, bodyLength);
  buffer[at++] = 0; // attributes: none are in use
  buffer[at++] = 0; // time: the batch's
  at = writeVarint(buffer, at, offsetDelta);
  for (const [index, text] of texts.entries()) {
    if (index === 2) at = writeVarint(buffer, at, (texts.length - 2) / 2);
    at = writeText(buffer, at, text, lengths[index] as number);
  }
  return texts.length === 2 ? writeVarint(buffer, at, 0) : at;
}

function lengthOf(text: Text): number {
  if (text === null) return -1;
  return typeof text === 'string' ? Buffer.byteLength(text) : text.length;
}

function writeText(buffer: Buffer, at: number, text: Text, length: number): number {
  const begin = writeVarint(buffer, at, length);
  if (text === null) return begin;
  if (typeof text === 'string') buffer.write(text, begin, length);
  else buffer.set(text, begin);
  return begin + length;
}

/** Kafka's variable length: zigzag, so that -1 is short too, then 7 bits a byte. */
function varintLength(value: number): number {
  let length = 1;
  for (let rest = zigzag(value); rest > 127; rest >>>= 7) length += 1;
  return length;
}

function writeVarint(buffer: Buffer, begin: number, value: number): number {
  let at = begin;
  let rest = zigzag(value);
  for (; rest > 127; rest >>>= 7) buffer[at++] = (rest & 127) | 128;
  buffer[at++] = rest;
  return at;
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
