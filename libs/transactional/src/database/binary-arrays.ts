/**
 * Arrays as PostgreSQL reads them in binary: one parameter carries a column of a whole batch into `unnest`. The server spends
 * 14 µs on an order row that comes this way and 25 µs on one that comes as JSON (docs/performance.md); the driver's own text arrays
 * need each element quoted. Wire format: array_recv in PostgreSQL's src/backend/utils/adt/arrayfuncs.c. A cast belongs to each use:
 * `unnest($1::uuid[])`.
 */

/** Type OIDs, from pg_type.dat. */
const OID = { bigint: 20, integer: 23, text: 25, jsonb: 3802, timestamptz: 1184, uuid: 2950 } as const;

const HEADER_BYTES = 20;
const NULL_LENGTH = -1;
/** PostgreSQL counts microseconds from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const JSONB_VERSION = 1;

/** UUIDs in their text form. */
export function uuidArray(values: readonly (string | null)[]): Buffer {
  return fixedSize(OID.uuid, 16, values, (buffer, at, value) => {
    buffer.write(value.replaceAll('-', ''), at, 16, 'hex');
  });
}

/** Safe integers. */
export function bigintArray(values: readonly (number | null)[]): Buffer {
  return fixedSize(OID.bigint, 8, values, (buffer, at, value) => {
    const high = Math.floor(value / 2 ** 32);
    buffer.writeInt32BE(high, at);
    buffer.writeUInt32BE(value - high * 2 ** 32, at + 4);
  });
}

export function integerArray(values: readonly (number | null)[]): Buffer {
  return fixedSize(OID.integer, 4, values, (buffer, at, value) => {
    buffer.writeInt32BE(value, at);
  });
}

/** Times as anything `Date.parse` reads; milliseconds are kept. */
export function timestamptzArray(values: readonly (string | null)[]): Buffer {
  return fixedSize(OID.timestamptz, 8, values, (buffer, at, value) => {
    buffer.writeBigInt64BE(BigInt(Date.parse(value) - EPOCH_MS) * 1000n, at);
  });
}

export function textArray(values: readonly (string | null)[]): Buffer {
  return variableSize(OID.text, values, 0);
}

/** JSON texts, not objects: stringify once, where the value is at hand. */
export function jsonbArray(texts: readonly (string | null)[]): Buffer {
  return variableSize(OID.jsonb, texts, 1);
}

function header(buffer: Buffer, oid: number, length: number, hasNulls: boolean): void {
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(hasNulls ? 1 : 0, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
}

/** PostgreSQL's form of an array without elements has no dimensions. */
function emptyArray(oid: number): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(oid, 8);
  return buffer;
}

function fixedSize<T>(
  oid: number,
  size: number,
  values: readonly (T | null)[],
  write: (buffer: Buffer, at: number, value: T) => void,
): Buffer {
  if (values.length === 0) return emptyArray(oid);
  const nulls = values.reduce<number>((count, value) => count + (value === null ? 1 : 0), 0);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * (4 + size) - nulls * size);
  header(buffer, oid, values.length, nulls > 0);
  let at = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(value === null ? NULL_LENGTH : size, at);
    at += 4;
    if (value === null) continue;
    write(buffer, at, value);
    at += size;
  }
  return buffer;
}

/** @param prefix bytes before each value; jsonb has one, its version */
function variableSize(oid: number, values: readonly (string | null)[], prefix: 0 | 1): Buffer {
  if (values.length === 0) return emptyArray(oid);
  const sizes = values.map((value) => (value === null ? NULL_LENGTH : Buffer.byteLength(value) + prefix));
  const bytes = sizes.reduce((sum, size) => sum + 4 + Math.max(0, size), HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(bytes);
  header(buffer, oid, values.length, sizes.includes(NULL_LENGTH));
  let at = HEADER_BYTES;
  values.forEach((value, index) => {
    at = buffer.writeInt32BE(sizes[index] as number, at);
    if (value === null) return;
    if (prefix === 1) at = buffer.writeUInt8(JSONB_VERSION, at);
    at += buffer.write(value, at);
  });
  return buffer;
}
