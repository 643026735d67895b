import { jsonbArray, textArray, timestamptzArray, type Transaction } from '@orderstream/transactional';
import type { Suspicion } from './suspicion.ts';

/** Of those that overlap, the one that ends first. The table's own constraint is what refuses the others. */
const ADD = {
  name: 'add-fraud-suspicions',
  text: `
    INSERT INTO warehouse.fraud_suspicions (subject_type, subject_id, rule, window_start, window_end, score, evidence)
    SELECT subject_type, subject_id, rule, window_start, window_end, score, evidence
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::float8[], $7::jsonb[])
      AS found(subject_type, subject_id, rule, window_start, window_end, score, evidence)
    ORDER BY window_end, subject_id
    ON CONFLICT DO NOTHING
    RETURNING subject_type, subject_id, rule, window_end`,
};

type Key = Pick<Suspicion, 'subject_type' | 'subject_id' | 'rule'> & { readonly window_end: Date };

/** `warehouse.fraud_suspicions`: of one subject and rule no two whose windows overlap. */
export class SuspicionStore {
  /** @returns those that are news */
  async add(tx: Transaction, suspicions: readonly Suspicion[]): Promise<Suspicion[]> {
    if (suspicions.length === 0) return [];
    const { rows } = await tx.query<Key>(ADD, [
      textArray(suspicions.map(({ subject_type }) => subject_type)),
      textArray(suspicions.map(({ subject_id }) => subject_id)),
      textArray(suspicions.map(({ rule }) => rule)),
      timestamptzArray(suspicions.map(({ window }) => window.start)),
      timestamptzArray(suspicions.map(({ window }) => window.end)),
      suspicions.map(({ score }) => score),
      jsonbArray(suspicions.map(({ evidence }) => JSON.stringify(evidence))),
    ]);
    const byKey = new Map(suspicions.map((suspicion) => [keyOf(suspicion, suspicion.window.end), suspicion]));
    return rows.map((row) => byKey.get(keyOf(row, row.window_end.toISOString())) as Suspicion);
  }
}

function keyOf({ subject_type, subject_id, rule }: Omit<Key, 'window_end'>, end: string): string {
  return `${rule} ${subject_type} ${subject_id} ${end}`;
}
