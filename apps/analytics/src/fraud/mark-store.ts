import { textArray, timestamptzArray, type Transaction } from '@orderstream/transactional';
import type { Mark } from './burst.rules.ts';
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
 * thousands of times a minute is not read thousands of times. Of each member the nearest before and the nearest after is enough: in
 * every window that has the mark in it, they count the same members as all would. Nothing, where all of them are fewer than the limit.
 * Without a name, so that each call is planned for the size that the table has by then.
 */
const AROUND = `
  SELECT DISTINCT rule, subject_id, member, (extract(epoch FROM happened_at) * 1000)::float8 AS at_ms
  FROM (SELECT told.rule, told.subject_id, near.member, near.happened_at, enough,
    count(*) OVER (PARTITION BY told.rule, told.subject_id, told.happened_at) AS marks
  FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS mark(rule, subject_id, happened_at)) AS told
  JOIN unnest($4::text[], $5::float8[], $6::int[], $7::int[]) AS rules(rule, window_ms, enough, reach) USING (rule)
  CROSS JOIN LATERAL (
    SELECT member, max(happened_at) AS happened_at FROM (
      SELECT member, happened_at FROM fraud_marks
      WHERE rule = told.rule AND subject_id = told.subject_id AND happened_at <= told.happened_at
        AND happened_at >= told.happened_at - window_ms * interval '1 ms'
      ORDER BY happened_at DESC LIMIT reach
    ) AS before GROUP BY member
    UNION ALL
    SELECT member, min(happened_at) AS happened_at FROM (
      SELECT member, happened_at FROM fraud_marks
      WHERE rule = told.rule AND subject_id = told.subject_id AND happened_at > told.happened_at
        AND happened_at <= told.happened_at + window_ms * interval '1 ms'
      ORDER BY happened_at LIMIT reach
    ) AS behind GROUP BY member
  ) AS near) AS around
  WHERE marks >= enough`;

/** So many marks of members that count already may stand between those that count: a customer orders again from one address. */
const REPEATS = { failed_payments: 50, shared_contact: 50 } as const;

/** Rules whose marks are kept as such. Orders are their customers' marks themselves. */
const RULES = ['failed_payments', 'shared_contact'] as const;

/** `fraud_marks`, a batch at a time. */
export class MarkStore {
  readonly #rules: readonly (readonly (string | number)[])[];

  constructor({ bursts }: FraudSettings) {
    this.#rules = [
      RULES,
      RULES.map((rule) => bursts[rule].windowMs),
      RULES.map((rule) => bursts[rule].count),
      RULES.map((rule) => bursts[rule].count + REPEATS[rule]),
    ];
  }

  /** Keeps these, which may be known. @returns them and all that they may be suspicious together with; none that cannot be */
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
