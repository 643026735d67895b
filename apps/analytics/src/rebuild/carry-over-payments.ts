import type { Queryable } from '@orderstream/transactional';
import type { CarryOver } from '@orderstream/transactional/rebuild';

/** Payments of before the log's beginning stay as the warehouse knows them, and are counted with the others. @returns how many */
export async function carryOverPayments(tx: Queryable, { live, shadow, before }: CarryOver): Promise<number> {
  const carried = await tx.query(
    `INSERT INTO ${shadow}.payments SELECT o.* FROM ${live}.payments o WHERE occurred_at < $1 ON CONFLICT DO NOTHING`,
    [before],
  );
  if (carried.rowCount > 0) {
    await tx.query(`TRUNCATE ${shadow}.payments_per_minute`);
    await tx.query(
      `INSERT INTO ${shadow}.payments_per_minute
       SELECT date_bin('1 minute', occurred_at, 'epoch'), currency,
         count(*) FILTER (WHERE outcome = 'succeeded'), count(*) FILTER (WHERE outcome = 'failed'),
         coalesce(sum(amount) FILTER (WHERE outcome = 'succeeded'), 0), coalesce(sum(amount) FILTER (WHERE outcome = 'failed'), 0)
       FROM ${shadow}.payments GROUP BY 1, 2`,
    );
  }
  return carried.rowCount;
}
