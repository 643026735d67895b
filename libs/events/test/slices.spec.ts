import type { KafkaMessage } from 'kafkajs';
import { slicesOf } from '../src/consumer/slices.ts';
import { record } from './support/records.ts';

function records(sizes: readonly number[], first = 0): KafkaMessage[] {
  return sizes.map((bytes, index) => record(first + index, { value: 'x'.repeat(bytes) }));
}

function offsets(slices: Iterable<KafkaMessage[]>): string[] {
  return [...slices].map((slice) => `${slice[0]?.offset}–${slice.at(-1)?.offset}`);
}

const MIB = 1024 * 1024;

describe('slicesOf', () => {
  it('up to 500 records: one slice', () => {
    expect(offsets(slicesOf(records(Array<number>(500).fill(1)), 0))).toEqual(['0–499']);
  });

  it('more: cut after every 500', () => {
    expect(offsets(slicesOf(records(Array<number>(1_001).fill(1)), 0))).toEqual([
      '0–499',
      '500–999',
      '1000–1000',
    ]);
  });

  it('large records: at most 1 MiB together', () => {
    expect(offsets(slicesOf(records([MIB / 2, MIB / 2, 1, MIB]), 0))).toEqual(['0–1', '2–2', '3–3']);
  });

  it('a record larger than a slice: alone', () => {
    expect(offsets(slicesOf(records([1, 2 * MIB, 1]), 0))).toEqual(['0–0', '1–1', '2–2']);
  });

  it('records before the start: left out', () => {
    expect(offsets(slicesOf(records([1, 1, 1, 1], 10), 12))).toEqual(['12–13']);
  });

  it('nothing at or after the start, or nothing at all: no slice', () => {
    expect([...slicesOf(records([1], 10), 11)]).toEqual([]);
    expect([...slicesOf([], 0)]).toEqual([]);
  });

  it('records without a value: counted as records', () => {
    const empty = Array.from({ length: 501 }, (_, offset) => record(offset));
    expect(offsets(slicesOf(empty, 0))).toEqual(['0–499', '500–500']);
  });
});
