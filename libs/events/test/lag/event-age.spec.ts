import { agesBetween } from '../../src/lag/event-age.ts';

const buckets = (...counts: number[]) =>
  new Map([0.1, 0.5, 1, Infinity].map((bound, index) => [bound, counts[index] ?? 0]));

describe('how old events were', () => {
  it('nothing was added: nothing to say', () =>
    expect(agesBetween(buckets(3, 4, 5, 5), buckets(3, 4, 5, 5))).toBeUndefined());

  it('only what was added counts, linear within a bucket', () => {
    const ages = agesBetween(buckets(100, 100, 100, 100), buckets(150, 200, 200, 200));
    expect(ages).toEqual({ events: 100, p50Ms: 100, p99Ms: expect.closeTo(492) as number });
  });

  it('older than the largest bound: at least that', () => {
    expect(agesBetween(buckets(), buckets(0, 0, 0, 7))).toEqual({ events: 7, p50Ms: 1_000, p99Ms: 1_000 });
  });
});
