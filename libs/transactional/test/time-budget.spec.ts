import { RebuildRefused } from '../src/rebuild/rebuild-refused.ts';
import { TimeBudget } from '../src/rebuild/time-budget.ts';

/** Notes what it is asked; each answer takes as long as `tookMs` says. */
function connectionThatTakes(...tookMs: number[]) {
  const asked: string[] = [];
  const clock = { nowMs: 0 };
  const query = async (statement: unknown): Promise<{ rows: never[]; rowCount: number }> => {
    asked.push(statement as string);
    if (!(statement as string).startsWith('SET')) clock.nowMs += tookMs.shift() ?? 0;
    return { rows: [], rowCount: 0 };
  };
  return { asked, clock, query };
}

describe('the time that a group may be held up', () => {
  it('each statement may take what is left, and none begins when nothing is', async () => {
    const connection = connectionThatTakes(1_500, 600);
    const budget = new TimeBudget(connection, 2, () => connection.clock.nowMs);
    await budget.query('first');
    await budget.query('second');
    await expect(budget.query('third')).rejects.toThrow(RebuildRefused);
    expect(connection.asked).toEqual([
      'SET LOCAL statement_timeout = 2000',
      'first',
      'SET LOCAL statement_timeout = 500',
      'second',
    ]);
    expect(() => budget.require()).toThrow('longer than 2 s: nothing was changed');
    expect(budget.usedMs).toBe(2_100);
  });
});
