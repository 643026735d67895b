import {
  bigintArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@orderstream/transactional';
import type { OrderInHistory, OutlierLimit } from './amount-outlier.rules.ts';
import type { BurstLimit, Mark } from './burst.rules.ts';

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
    ON CONFLICT DO NOTHING
    RETURNING order_id`,
};

const KNOWN = {
  name: 'known-fraud-orders',
  text: 'SELECT order_id, customer_id, currency, amount FROM fraud_orders WHERE order_id = ANY ($1::uuid[])',
};

const TOLD = `
  unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[]) AS told(order_id, customer_id, currency, amount, created_at)`;

/**
 * The orders around each of these, as far as the window and no more than the limit on either side, where they are as many as the limit
 * together. Without a name, so that each call is planned for the size that the table has by then.
 */
const AROUND = `
  SELECT DISTINCT customer_id AS subject_id, order_id AS member, (extract(epoch FROM created_at) * 1000)::float8 AS at_ms
  FROM (
    SELECT told.customer_id, near.order_id, near.created_at, count(*) OVER (PARTITION BY told.order_id) AS orders
    FROM ${TOLD} CROSS JOIN LATERAL (
      (SELECT order_id, created_at FROM fraud_orders
       WHERE customer_id = told.customer_id AND created_at <= told.created_at
         AND created_at >= told.created_at - $6::float8 * interval '1 ms'
       ORDER BY created_at DESC LIMIT $7)
      UNION ALL
      (SELECT order_id, created_at FROM fraud_orders
       WHERE customer_id = told.customer_id AND created_at > told.created_at
         AND created_at <= told.created_at + $6::float8 * interval '1 ms'
       ORDER BY created_at LIMIT $7)
    ) AS near
  ) AS around
  WHERE orders >= $7`;

/** So many orders before one are its customer's habit, and so many behind it are judged anew when it comes late. */
const HISTORY = 50;

/**
 * These orders and those behind them (what is behind two of them is found by the later one), each with what was before it in its
 * currency; only such as may be outliers: a median is no less than the least. Without a name, too.
 */
const IN_HISTORY = `
  WITH told AS (SELECT * FROM ${TOLD}),
  judged AS (
    SELECT * FROM told
    UNION
    SELECT later.* FROM told CROSS JOIN LATERAL (
      SELECT order_id, created_at FROM fraud_orders
      WHERE customer_id = told.customer_id AND (created_at, order_id) > (told.created_at, told.order_id)
      ORDER BY created_at, order_id LIMIT 1
    ) AS next CROSS JOIN LATERAL (
      SELECT * FROM fraud_orders
      WHERE customer_id = told.customer_id AND (created_at, order_id) >= (next.created_at, next.order_id)
      ORDER BY created_at, order_id LIMIT ${HISTORY}
    ) AS later
    WHERE next.order_id <> ALL ($1::uuid[])
  )
  SELECT order_id, customer_id, currency, amount::float8 AS amount, (extract(epoch FROM created_at) * 1000)::float8 AS at_ms, earlier
  FROM judged CROSS JOIN LATERAL (
    SELECT json_agg(amount) AS earlier, count(*) AS orders, min(amount) AS least FROM (
      SELECT currency, amount FROM fraud_orders
      WHERE customer_id = judged.customer_id AND (created_at, order_id) < (judged.created_at, judged.order_id)
      ORDER BY created_at DESC, order_id DESC LIMIT ${HISTORY}
    ) AS before
    WHERE currency = judged.currency
  ) AS history
  WHERE orders >= $6 AND amount > $7::float8 * least`;

type Content = Omit<SuspectOrder, 'created_at'>;

/** `fraud_orders`, a batch at a time. */
export class SuspectOrderStore {
  /** Adds what is news. @returns the ids of those */
  async add(tx: Transaction, orders: readonly SuspectOrder[]): Promise<Set<string>> {
    const { rows } = await tx.query<{ order_id: string }>(ADD, columnsOf(orders));
    return new Set(rows.map(({ order_id }) => order_id));
  }

  /** What is known under these ids: of an order that was told twice, the first. */
  async known(tx: Transaction, orders: readonly SuspectOrder[]): Promise<Map<string, Content>> {
    const { rows } = await tx.query<Omit<Content, 'amount'> & { amount: string }>(KNOWN, [
      uuidArray(orders.map(({ order_id }) => order_id)),
    ]);
    return new Map(rows.map((row) => [row.order_id, { ...row, amount: Number(row.amount) }]));
  }

  /** @returns these orders and those they may be suspicious together with, as marks of their customers; none that cannot be */
  async around(tx: Transaction, orders: readonly SuspectOrder[], limit: BurstLimit): Promise<Mark[]> {
    const params = [...columnsOf(orders), limit.windowMs, limit.count];
    const { rows } = await tx.query<Omit<Mark, 'rule'>>(AROUND, params);
    return rows.map((row) => ({ rule: 'order_velocity', ...row }));
  }

  /** @returns the orders whose judgement these may change, as far as they may be outliers by that limit */
  async inHistory(
    tx: Transaction,
    orders: readonly SuspectOrder[],
    limit: OutlierLimit,
  ): Promise<OrderInHistory[]> {
    const params = [...columnsOf(orders), limit.orders, limit.factor];
    return (await tx.query<OrderInHistory>(IN_HISTORY, params)).rows;
  }
}

function columnsOf(orders: readonly SuspectOrder[]): Buffer[] {
  return [
    uuidArray(orders.map(({ order_id }) => order_id)),
    textArray(orders.map(({ customer_id }) => customer_id)),
    textArray(orders.map(({ currency }) => currency)),
    bigintArray(orders.map(({ amount }) => amount)),
    timestamptzArray(orders.map(({ created_at }) => created_at)),
  ];
}
