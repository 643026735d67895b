import { partitionOf } from '../src/index.ts';
import { murmur2 } from '../src/producer/murmur2.ts';

describe('murmur2', () => {
  // org.apache.kafka.common.utils.UtilsTest#testMurmur2
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s: Kafka’s own value', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('text or its UTF-8 bytes: the same partition, within the count', () => {
    for (const key of ['', 'ä', '😀', 'order-1', '019730c6-8a5e-7000-8000-000000000000']) {
      const partition = partitionOf(key, 6);
      expect(partition).toBe(partitionOf(Buffer.from(key), 6));
      expect([0, 1, 2, 3, 4, 5]).toContain(partition);
    }
  });

  it('a hash that is negative: a partition all the same', () => {
    expect(partitionOf('21', 6)).toBe((-973932308 & 0x7fffffff) % 6);
  });
});
