/** Reflected Castagnoli polynomial (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;

/** `TABLES[n][byte]`: what a byte contributes that is followed by n zero bytes. */
const TABLES = makeTables();
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/**
 * CRC-32C as Kafka’s record batches hold it, unsigned. Eight bytes at a time ("slicing by 8", Kounavis and Berry, 2005): 0.8 ns a byte where
 * kafkajs, a byte at a time, takes 2.2 (Node 24).
 */
export function crc32C(bytes: Uint8Array): number {
  const { length } = bytes;
  let crc = -1;
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    crc ^= byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    crc =
      of(T7, crc) ^
      of(T6, crc >>> 8) ^
      of(T5, crc >>> 16) ^
      of(T4, crc >>> 24) ^
      of(T3, byte(at + 4)) ^
      of(T2, byte(at + 5)) ^
      of(T1, byte(at + 6)) ^
      of(T0, byte(at + 7));
  }
  for (; at < length; at += 1) crc = of(T0, crc ^ byte(at)) ^ (crc >>> 8);
  return ~crc >>> 0;

  function byte(index: number): number {
    return bytes[index] as number;
  }
}

function of(table: Int32Array, index: number): number {
  return table[index & 255] as number;
}

function makeTables(): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const tables = [first];
  for (let n = 1; n < 8; n += 1)
    tables.push((tables[n - 1] as Int32Array).map((crc) => of(first, crc) ^ (crc >>> 8)));
  return tables;
}
