import { LagWindow } from '../../src/lag/lag-window.ts';
import type { LagReading } from '../../src/lag/lag-reading.ts';

const reading = (position: number, end: number, oldestAtMs?: number): LagReading => ({
  group: 'worker',
  topic: 'orders',
  members: 1,
  partitions: [
    { partition: 0, position, end, oldestAtMs },
    { partition: 1, position: 4, end: 4, oldestAtMs: undefined },
  ],
});

describe('the window', () => {
  it('too short to judge by: no verdict; long enough: one', () => {
    const window = new LagWindow(10_000);
    const verdicts = [0, 4_000, 8_000].map((atMs) => window.add([reading(2, 5, 0)], atMs)[0]?.verdict);
    expect(verdicts).toEqual([undefined, undefined, 'STALLED']);
  });

  it.each([
    ['a little further between than planned', [0, 3_500, 7_000, 10_500]],
    ['further between than the window is long', [0, 14_000, 28_000]],
  ])('looks that are %s: a verdict at the last', (_, times) => {
    const window = new LagWindow(10_000);
    const verdicts = times.map((atMs) => window.add([reading(2, 5, 0)], atMs)[0]?.verdict);
    expect(verdicts.at(-1)).toBe('STALLED');
  });

  it('what happened before the window is forgotten', () => {
    const window = new LagWindow(10_000);
    window.add([reading(5, 5)], 0);
    for (const atMs of [5_000, 10_000])
      expect(window.add([reading(5, 9, 0)], atMs)[0]?.verdict).not.toBe('STALLED');
    expect(window.add([reading(5, 9, 0)], 15_000)[0]?.verdict).toBe('STALLED');
  });

  it('records of all partitions are added up; the oldest one tells the age', () => {
    const [status] = new LagWindow(10_000).add([reading(2, 5, 1_000)], 61_000);
    expect(status).toMatchObject({ records: 3, seconds: 60, members: 1 });
  });

  it('a group that was not read this time begins anew', () => {
    const window = new LagWindow(10_000);
    for (const atMs of [0, 5_000, 10_000]) window.add([reading(2, 5, 0)], atMs);
    window.add([], 11_000);
    expect(window.add([reading(2, 5, 0)], 12_000)[0]?.verdict).toBeUndefined();
  });
});
