import { textArray, timestamptzArray, type Transaction } from '@orderstream/transactional';
import type { BurstRule, Mark } from './burst.rules.ts';
import type { FraudSettings } from './fraud-settings.ts';

const ADD = {
  name: 'add-fraud-marks',
  text: `
    INSERT INTO fraud_marks (rule, subject_id, happened_at, member)
    SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[])
    ON CONFLICT DO NOTHING`,
};

/**
 * What lies around each of these, as far as the window of its rule and no more than `reach` on either side: what a subject does
 * thousands of times a minute is not read thousands of times. Without a name, so that each call is planned for the size that the
 * table has by then.
 */
const AROUND = `
  SELECT DISTINCT told.rule, told.subject_id, near.member, (extract(epoch FROM near.happened_at) * 1000)::float8 AS at_ms
  FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS mark(rule, subject_id, happened_at)) AS told
  JOIN unnest($4::text[], $5::float8[], $6::int[]) AS rules(rule, window_ms, reach) USING (rule)
  CROSS JOIN LATERAL (
    (SELECT happened_at, member FROM fraud_marks
     WHERE rule = told.rule AND subject_id = told.subject_id AND happened_at <= told.happened_at
       AND happened_at >= told.happened_at - window_ms * interval '1 ms'
     ORDER BY happened_at DESC LIMIT reach)
    UNION ALL
    (SELECT happened_at, member FROM fraud_marks
     WHERE rule = told.rule AND subject_id = told.subject_id AND happened_at > told.happened_at
       AND happened_at <= told.happened_at + window_ms * interval '1 ms'
     ORDER BY happened_at LIMIT reach)
  ) AS near`;

/** A payment is told again, a customer orders again from one address: so many of them may stand between the members that count. */
const REPEATS = 20;

/** `fraud_marks`, a batch at a time. */
export class MarkStore {
  readonly #rules: readonly [string[], number[], number[]];

  constructor({ bursts }: FraudSettings) {
    const rules = Object.keys(bursts) as BurstRule[];
    this.#rules = [
      rules,
      rules.map((rule) => bursts[rule].windowMs),
      rules.map((rule) => REPEATS * bursts[rule].count),
    ];
  }

  /** Keeps these, which may be known. @returns them and all that they may be suspicious together with */
  async addAndLookAround(tx: Transaction, marks: readonly Mark[]): Promise<Mark[]> {
    if (marks.length === 0) return [];
    const columns = [
      textArray(marks.map(({ rule }) => rule)),
      textArray(marks.map(({ subject_id }) => subject_id)),
      timestamptzArray(marks.map(({ at_ms }) => new Date(at_ms).toISOString())),
    ];
    const [, around] = await Promise.all([
      tx.query(ADD, [...columns, textArray(marks.map(({ member }) => member))]),
      tx.query<Mark>(AROUND, [...columns, ...this.#rules]),
    ]);
    return around.rows;
  }
}
