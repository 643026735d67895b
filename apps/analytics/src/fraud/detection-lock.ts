import type { Transaction } from '@orderstream/transactional';

/**
 * Without bitmap scans: an index has what is looked for in its order, and a few of the rows are wanted. While the statistics are missing or old,
 * the planner thinks little of reading and sorting all rows of a subject: 2.9 s instead of 20 ms for 500 orders of one customer.
 */
const BEGIN = {
  name: 'begin-fraud-detection',
  text: `SELECT set_config('enable_bitmapscan', 'off', true), pg_advisory_xact_lock(hashtextextended('analytics.fraud', 0))`,
};

/**
 * One batch at a time, until its transaction ends. Orders of one customer lie on all partitions: of two batches side by side, neither
 * would see what the other one adds, and together they would miss what each of them is half of (ADR 0014).
 */
export async function detectAlone(tx: Transaction): Promise<void> {
  await tx.query(BEGIN);
}
