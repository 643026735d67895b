import {
  bigintArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@orderstream/transactional';
import type { PaymentFact } from './payment-fact.ts';

/** One statement for a batch: what is news, and the rollup of exactly that. Minutes are written in the order of their keys. */
const merge = (warehouse: string) => ({
  name: 'merge-payment-facts',
  text: `
    WITH news AS (
      INSERT INTO ${warehouse}.payments (payment_id, outcome, order_id, currency, amount, method, failure_code, occurred_at)
      SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::timestamptz[])
      ON CONFLICT DO NOTHING
      RETURNING occurred_at, currency, amount, outcome
    ), rolled_up AS (
      INSERT INTO ${warehouse}.payments_per_minute AS total
        (minute, currency, payments_succeeded, payments_failed, amount_succeeded, amount_failed)
      SELECT date_bin('1 minute', occurred_at, 'epoch'), currency,
        count(*) FILTER (WHERE outcome = 'succeeded'), count(*) FILTER (WHERE outcome = 'failed'),
        coalesce(sum(amount) FILTER (WHERE outcome = 'succeeded'), 0), coalesce(sum(amount) FILTER (WHERE outcome = 'failed'), 0)
      FROM news GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (minute, currency) DO UPDATE SET
        payments_succeeded = total.payments_succeeded + excluded.payments_succeeded,
        payments_failed = total.payments_failed + excluded.payments_failed,
        amount_succeeded = total.amount_succeeded + excluded.amount_succeeded,
        amount_failed = total.amount_failed + excluded.amount_failed
    )
    SELECT count(*) AS added FROM news`,
});

const known = (warehouse: string) => ({
  name: 'known-payments',
  text: `
    SELECT payment_id, outcome, order_id, currency, amount FROM ${warehouse}.payments
    WHERE (payment_id, outcome) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
});

type KnownPayment = Pick<PaymentFact, 'payment_id' | 'outcome' | 'order_id' | 'currency' | 'amount'>;

/** `warehouse.payments` and `warehouse.payments_per_minute`, a batch at a time. */
export class PaymentFactStore {
  readonly #merge: ReturnType<typeof merge>;
  readonly #known: ReturnType<typeof known>;

  /** @param schema a plain lower-case name; another one than `warehouse` while the warehouse is rebuilt beside it */
  constructor(schema = 'warehouse') {
    this.#merge = merge(schema);
    this.#known = known(schema);
  }

  /** Adds what is news. @returns how many that were */
  async merge(tx: Transaction, facts: readonly PaymentFact[]): Promise<number> {
    const { rows } = await tx.query<{ added: string }>(this.#merge, [
      textArray(facts.map(({ payment_id }) => payment_id)),
      textArray(facts.map(({ outcome }) => outcome)),
      uuidArray(facts.map(({ order_id }) => order_id)),
      textArray(facts.map(({ currency }) => currency)),
      bigintArray(facts.map(({ amount }) => amount)),
      textArray(facts.map(({ method }) => method)),
      textArray(facts.map(({ failure_code }) => failure_code)),
      timestamptzArray(facts.map(({ occurred_at }) => occurred_at)),
    ]);
    return Number(rows[0]?.added);
  }

  /** What the warehouse holds of these. */
  async known(tx: Transaction, facts: readonly PaymentFact[]): Promise<KnownPayment[]> {
    const { rows } = await tx.query<Omit<KnownPayment, 'amount'> & { amount: string }>(this.#known, [
      textArray(facts.map(({ payment_id }) => payment_id)),
      textArray(facts.map(({ outcome }) => outcome)),
    ]);
    return rows.map((row) => ({ ...row, amount: Number(row.amount) }));
  }
}
