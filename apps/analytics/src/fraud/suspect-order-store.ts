import {
  bigintArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@orderstream/transactional';
import type { OrderInHistory, OutlierLimit } from './amount-outlier.rules.ts';

/** What the rules know of an order. */
export interface SuspectOrder {
  readonly order_id: string;
  readonly customer_id: string;
  readonly currency: string;
  readonly amount: number;
  /** RFC 3339. */
  readonly created_at: string;
}

const ADD = {
  name: 'add-fraud-orders',
  text: `
    INSERT INTO fraud_orders (order_id, customer_id, currency, amount, created_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])
    ON CONFLICT DO NOTHING`,
};

const KNOWN = {
  name: 'known-fraud-orders',
  text: 'SELECT order_id, customer_id, currency, amount FROM fraud_orders WHERE order_id = ANY ($1::uuid[])',
};

/** So many orders before one are its customer's habit, and so many after it are judged anew when it comes late. */
const HISTORY = 50;

/**
 * These orders and those behind them, each with what was before it; only such as may be outliers: a median is no less than the least.
 * Without a name, so that each call is planned for the size that the table has by then.
 */
const IN_HISTORY = `
  WITH told AS (SELECT * FROM fraud_orders WHERE order_id = ANY ($1::uuid[])),
  judged AS (
    SELECT * FROM told
    UNION
    SELECT later.* FROM told CROSS JOIN LATERAL (
      SELECT * FROM fraud_orders
      WHERE customer_id = told.customer_id AND currency = told.currency
        AND (created_at, order_id) > (told.created_at, told.order_id)
      ORDER BY created_at, order_id LIMIT ${HISTORY}
    ) AS later
  )
  SELECT order_id, customer_id, currency, amount::float8 AS amount, (extract(epoch FROM created_at) * 1000)::float8 AS at_ms, earlier
  FROM judged CROSS JOIN LATERAL (
    SELECT json_agg(amount) AS earlier, count(*) AS orders, min(amount) AS least FROM (
      SELECT amount FROM fraud_orders
      WHERE customer_id = judged.customer_id AND currency = judged.currency
        AND (created_at, order_id) < (judged.created_at, judged.order_id)
      ORDER BY created_at DESC, order_id DESC LIMIT ${HISTORY}
    ) AS before
  ) AS history
  WHERE orders >= $2 AND amount > $3::float8 * least`;

type Content = Omit<SuspectOrder, 'created_at'>;

/** `fraud_orders`, a batch at a time. */
export class SuspectOrderStore {
  /** Adds what is news. @returns how many that were */
  async add(tx: Transaction, orders: readonly SuspectOrder[]): Promise<number> {
    const { rowCount } = await tx.query(ADD, [
      uuidArray(orders.map(({ order_id }) => order_id)),
      textArray(orders.map(({ customer_id }) => customer_id)),
      textArray(orders.map(({ currency }) => currency)),
      bigintArray(orders.map(({ amount }) => amount)),
      timestamptzArray(orders.map(({ created_at }) => created_at)),
    ]);
    return rowCount;
  }

  /** What is known under these ids: of an order that was told twice, the first. */
  async known(tx: Transaction, orders: readonly SuspectOrder[]): Promise<Map<string, Content>> {
    const { rows } = await tx.query<Omit<Content, 'amount'> & { amount: string }>(KNOWN, [
      uuidArray(orders.map(({ order_id }) => order_id)),
    ]);
    return new Map(rows.map((row) => [row.order_id, { ...row, amount: Number(row.amount) }]));
  }

  /** @returns the orders whose judgement these may change, as far as they may be outliers by that limit */
  async inHistory(
    tx: Transaction,
    orders: readonly SuspectOrder[],
    limit: OutlierLimit,
  ): Promise<OrderInHistory[]> {
    const { rows } = await tx.query<OrderInHistory>(IN_HISTORY, [
      uuidArray(orders.map(({ order_id }) => order_id)),
      limit.orders,
      limit.factor,
    ]);
    return rows;
  }
}
