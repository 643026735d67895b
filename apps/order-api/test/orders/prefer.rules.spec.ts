import { preferredWaitSeconds } from '../../src/orders/prefer.rules.ts';

describe('preferredWaitSeconds', () => {
  it.each([
    ['wait=10', 10],
    ['WAIT=10', 10],
    ['wait = 10', 10],
    ['wait="10"', 10],
    ['respond-async, wait=10', 10],
    ['wait=10, respond-async', 10],
    ['wait=10; some=parameter', 10],
    ['foo="a, wait=3", wait=4', 4],
    ['wait=0', 0],
    ['wait=30', 30],
    ['wait=31', 30],
    ['wait=999999999', 30],
    ['wait=5, wait=9', 5],
  ])('%s: %d', (header, seconds) => {
    expect(preferredWaitSeconds(header)).toBe(seconds);
  });

  it.each([
    ['wait'],
    ['wait='],
    ['wait=-1'],
    ['wait=1.5'],
    ['wait=ten'],
    ['wait=10s'],
    ['wait="10'],
    ['waiting=10'],
    ['wait=x, wait=9'],
    ['respond-async'],
    [''],
  ])('%s: ignored', (header) => {
    expect(preferredWaitSeconds(header)).toBe(0);
  });

  it('no header: no wait', () => {
    expect(preferredWaitSeconds(undefined)).toBe(0);
  });

  it.each([
    ['quotes and commas without end', '"\\'.repeat(4_000) + ',wait="'.repeat(1_000)],
    ['a text of escaped quotes that is never closed', `wait="${'\\"'.repeat(8_000)}`],
  ])('a header of %s: answered at once', (_case, header) => {
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const startedAtMs = performance.now();
      preferredWaitSeconds(header);
      times.push(performance.now() - startedAtMs);
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });
});
