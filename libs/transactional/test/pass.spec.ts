import type { Progress } from '../src/outbox/outbox-table.ts';
import { Pass } from '../src/outbox/pass.ts';

const rows = (count: number, characters = 1): Progress[] =>
  Array.from({ length: count }, (_, id) => ({
    row: { id: String(id), text: 'x'.repeat(characters), records: [] },
    open: [],
  }));

describe('Pass', () => {
  it('nothing was passed over: no next one is needed', () => {
    const pass = new Pass(50);
    pass.over([]);
    expect(pass.remainingMs).toBe(Infinity);
  });

  it('the pause begins with the first row, not anew with each', () => {
    const pass = new Pass(1_000);
    pass.over(rows(1));
    const first = pass.remainingMs;
    pass.over(rows(2));
    expect(first).toBeLessThanOrEqual(1_000);
    expect(pass.remainingMs).toBeLessThanOrEqual(first);
    pass.end();
    expect(pass.remainingMs).toBeLessThanOrEqual(0);
  });

  it.each([
    { by: 'rows', less: rows(4_999), rest: rows(5_000) },
    { by: 'size', less: rows(15, 1024 * 1024), rest: rows(1, 1024 * 1024) },
  ])('full by $by: keeps no more in mind', ({ less, rest }) => {
    const pass = new Pass(50);
    pass.over(less);
    expect(pass.isFull).toBe(false);
    pass.over(rest);
    expect(pass.isFull).toBe(true);
  });
});
