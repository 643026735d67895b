import { RateLimit } from '../../src/sending/rate-limit.ts';

/** How many are begun in `seconds` when one is begun whenever that is allowed. */
function begunIn(limit: RateLimit, seconds: number): number {
  let begun = 0;
  for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += 1) {
    for (let free = limit.available(nowMs); free > 0; free -= 1) {
      limit.take();
      begun += 1;
    }
  }
  return begun;
}

describe('so many messages a second', () => {
  it.each([0.5, 1, 3, 50, 999])('%d a second: over a minute as many, and a small head start', (rate) => {
    const begun = begunIn(new RateLimit(rate, 0), 60);
    expect(begun).toBeGreaterThanOrEqual(Math.floor(rate * 60));
    expect(begun).toBeLessThanOrEqual(rate * 60 + Math.max(1, rate / 10));
  });

  it('0: no limit', () => {
    const limit = new RateLimit(0, 0);
    expect(limit.available(0)).toBe(Infinity);
    expect(limit.waitMs(0, 1_000)).toBe(1_000);
  });

  it('a long silence is not saved up', () => {
    expect(new RateLimit(10, 0).available(3_600_000)).toBe(1);
  });

  it('none may be begun: says how long', () => {
    const limit = new RateLimit(10, 0);
    limit.take();
    expect(limit.waitMs(0, 1_000)).toBe(100);
    expect(limit.waitMs(40, 1_000)).toBe(60);
    expect(limit.waitMs(100, 1_000)).toBe(1_000);
  });
});
