import { TroubledPartitions } from '../src/effects/troubled-partitions.ts';

const run = (firstOffset: number, nextOffset: number, partition = 0) => ({
  ...{ group: 'worker', topic: 'orders', partition, firstOffset, nextOffset },
});

describe('TroubledPartitions', () => {
  let partitions: TroubledPartitions;
  beforeEach(() => {
    partitions = new TroubledPartitions();
    partitions.note(run(10, 20));
  });

  it('a partition in trouble: that one, and no other of any group or topic', () => {
    expect(partitions.has(run(20, 30))).toBe(true);
    for (const other of [{ partition: 1 }, { topic: 'payments' }, { group: 'analytics' }])
      expect(partitions.has({ ...run(10, 20), ...other })).toBe(false);
  });

  it.each([
    ['its first half is well', run(10, 15), true],
    ['its second half is well', run(15, 20), false],
    ['all of it is well', run(10, 20), false],
    ['what follows is well', run(20, 21), false],
    ['the partition was set back, and is well there', run(0, 5), false],
  ])('%s: in trouble still: %#', (_, well, expected) => {
    partitions.seenWell(well);
    expect(partitions.has(run(0, 1))).toBe(expected);
  });

  it('trouble here and then further on: until the last of it is well', () => {
    partitions.note(run(15, 40));
    partitions.seenWell(run(10, 20));
    expect(partitions.has(run(20, 40))).toBe(true);
    partitions.seenWell(run(20, 40));
    expect(partitions.has(run(40, 41))).toBe(false);
  });

  it('its first half fails again: the rest is still not known to be well', () => {
    partitions.note(run(10, 12));
    partitions.seenWell(run(10, 12));
    expect(partitions.has(run(12, 20))).toBe(true);
  });

  it('a partition that was never in trouble is well: nothing happens', () => {
    partitions.seenWell(run(0, 1, 7));
    expect(partitions.has(run(0, 1, 7))).toBe(false);
  });
});
