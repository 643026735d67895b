import type { Transaction } from '@orderstream/transactional';

const LOCK = {
  name: 'fraud-detection-lock',
  text: "SELECT pg_advisory_xact_lock(hashtextextended('analytics.fraud', 0))",
};

/**
 * One batch at a time, until its transaction ends. Orders of one customer lie on all partitions: of two batches side by side, neither
 * would see what the other one adds, and together they would miss what each of them is half of (ADR 0014).
 */
export async function detectAlone(tx: Transaction): Promise<void> {
  await tx.query(LOCK);
}
