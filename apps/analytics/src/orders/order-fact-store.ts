import {
  bigintArray,
  integerArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@orderstream/transactional';
import type { OrderContent, OrderFact } from './order-fact.ts';
import { ProductSalesStore, type Sale } from './product-sales-store.ts';

/**
 * One statement for a batch: the orders, the items of those whose creation is news, and the rollup. `RETURNING old, new` tells which
 * steps are news, even when another transaction wrote the same order a moment ago, so that a step is never counted twice. Orders and
 * minutes are written in the order of their keys: batches that meet wait for one another, they do not deadlock. Amounts that are
 * counted are those of the row, so the rollup always equals what the orders add up to.
 * Answers with the orders whose order.created met an order that was known before, and with those whose items are sold, or given back,
 * from now on: of which both the items and the step are known.
 */
const merge = (warehouse: string) => ({
  name: 'merge-order-facts',
  text: `
    WITH told AS (
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::integer[],
                           $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])
        AS fact(order_id, customer_id, currency, amount_total, item_count,
                created_at, confirmed_at, rejected_at, paid_at, cancelled_at)
    ), news AS (
      INSERT INTO ${warehouse}.orders AS known (order_id, customer_id, currency, amount_total, item_count,
                                             created_at, confirmed_at, rejected_at, paid_at, cancelled_at)
      SELECT * FROM told ORDER BY order_id
      ON CONFLICT (order_id) DO UPDATE SET
        created_at = coalesce(known.created_at, excluded.created_at),
        confirmed_at = coalesce(known.confirmed_at, excluded.confirmed_at),
        rejected_at = coalesce(known.rejected_at, excluded.rejected_at),
        paid_at = coalesce(known.paid_at, excluded.paid_at),
        cancelled_at = coalesce(known.cancelled_at, excluded.cancelled_at)
      WHERE known.created_at IS NULL AND excluded.created_at IS NOT NULL
         OR known.confirmed_at IS NULL AND excluded.confirmed_at IS NOT NULL
         OR known.rejected_at IS NULL AND excluded.rejected_at IS NOT NULL
         OR known.paid_at IS NULL AND excluded.paid_at IS NOT NULL
         OR known.cancelled_at IS NULL AND excluded.cancelled_at IS NOT NULL
      RETURNING new.order_id, new.currency, new.amount_total, old.order_id IS NULL AS is_new,
        CASE WHEN old.created_at IS NULL THEN new.created_at END AS created_at,
        CASE WHEN old.confirmed_at IS NULL THEN new.confirmed_at END AS confirmed_at,
        CASE WHEN old.rejected_at IS NULL THEN new.rejected_at END AS rejected_at,
        CASE WHEN old.paid_at IS NULL THEN new.paid_at END AS paid_at,
        CASE WHEN old.cancelled_at IS NULL THEN new.cancelled_at END AS cancelled_at,
        CASE WHEN old.created_at IS NULL OR old.confirmed_at IS NULL THEN new.created_at IS NOT NULL AND new.confirmed_at IS NOT NULL END
          AS is_sold, new.confirmed_at AS sold_at,
        CASE WHEN old.created_at IS NULL OR old.cancelled_at IS NULL THEN new.created_at IS NOT NULL AND new.cancelled_at IS NOT NULL END
          AS is_returned, new.cancelled_at AS returned_at
    ), counted AS (
      SELECT date_bin('1 minute', at, 'epoch') AS minute, currency,
        count(*) FILTER (WHERE step = 1) AS orders_created, coalesce(sum(amount_total) FILTER (WHERE step = 1), 0) AS amount_created,
        count(*) FILTER (WHERE step = 2) AS orders_confirmed, coalesce(sum(amount_total) FILTER (WHERE step = 2), 0) AS amount_confirmed,
        count(*) FILTER (WHERE step = 3) AS orders_rejected, coalesce(sum(amount_total) FILTER (WHERE step = 3), 0) AS amount_rejected,
        count(*) FILTER (WHERE step = 4) AS orders_paid, coalesce(sum(amount_total) FILTER (WHERE step = 4), 0) AS amount_paid,
        count(*) FILTER (WHERE step = 5) AS orders_cancelled, coalesce(sum(amount_total) FILTER (WHERE step = 5), 0) AS amount_cancelled
      FROM news CROSS JOIN LATERAL
        (VALUES (1, created_at), (2, confirmed_at), (3, rejected_at), (4, paid_at), (5, cancelled_at)) AS taken(step, at)
      WHERE at IS NOT NULL
      GROUP BY 1, 2
    ), rolled_up AS (
      INSERT INTO ${warehouse}.revenue_per_minute AS total
        (minute, currency, orders_created, orders_confirmed, orders_rejected, orders_paid, orders_cancelled,
         amount_created, amount_confirmed, amount_rejected, amount_paid, amount_cancelled)
      SELECT minute, currency, orders_created, orders_confirmed, orders_rejected, orders_paid, orders_cancelled,
             amount_created, amount_confirmed, amount_rejected, amount_paid, amount_cancelled
      FROM counted ORDER BY minute, currency
      ON CONFLICT (minute, currency) DO UPDATE SET
        orders_created = total.orders_created + excluded.orders_created,
        orders_confirmed = total.orders_confirmed + excluded.orders_confirmed,
        orders_rejected = total.orders_rejected + excluded.orders_rejected,
        orders_paid = total.orders_paid + excluded.orders_paid,
        orders_cancelled = total.orders_cancelled + excluded.orders_cancelled,
        amount_created = total.amount_created + excluded.amount_created,
        amount_confirmed = total.amount_confirmed + excluded.amount_confirmed,
        amount_rejected = total.amount_rejected + excluded.amount_rejected,
        amount_paid = total.amount_paid + excluded.amount_paid,
        amount_cancelled = total.amount_cancelled + excluded.amount_cancelled
    ), listed AS (
      INSERT INTO ${warehouse}.order_items (order_id, line, sku, quantity, unit_amount)
      SELECT item.* FROM unnest($11::uuid[], $12::integer[], $13::text[], $14::integer[], $15::bigint[])
        AS item(order_id, line, sku, quantity, unit_amount)
      JOIN news USING (order_id)
      WHERE news.created_at IS NOT NULL
    )
    SELECT told.order_id, told.created_at IS NOT NULL AND (news.created_at IS NULL OR NOT news.is_new) AS is_known, news.currency,
      CASE WHEN is_sold THEN sold_at END AS sold_at, CASE WHEN is_returned THEN returned_at END AS returned_at
    FROM told LEFT JOIN news USING (order_id)
    WHERE told.created_at IS NOT NULL AND (news.created_at IS NULL OR NOT news.is_new) OR is_sold OR is_returned`,
});

const content = (warehouse: string) => ({
  name: 'order-content',
  text: `
    SELECT order_id, customer_id, currency, amount_total, item_count, coalesce(items, '[]') AS items
    FROM ${warehouse}.orders LEFT JOIN (
      SELECT order_id, json_agg(json_build_object('sku', sku, 'quantity', quantity, 'unit_amount', unit_amount) ORDER BY line) AS items
      FROM ${warehouse}.order_items WHERE order_id = ANY ($1::uuid[]) GROUP BY order_id
    ) AS lines USING (order_id)
    WHERE order_id = ANY ($1::uuid[])`,
});

interface Merged extends Sale {
  readonly is_known: boolean;
}

/** `warehouse.orders` and what belongs to it: its items, its revenue per minute and its products' sales; a batch at a time. */
export class OrderFactStore {
  readonly #merge: ReturnType<typeof merge>;
  readonly #content: ReturnType<typeof content>;
  readonly #sales: ProductSalesStore;

  /** @param schema a plain lower-case name; another one than `warehouse` while the warehouse is rebuilt beside it */
  constructor(schema = 'warehouse') {
    this.#merge = merge(schema);
    this.#content = content(schema);
    this.#sales = new ProductSalesStore(schema);
  }

  /** Adds what is news; each order once. @returns the ids of facts whose order.created is none: the order was known before */
  async merge(tx: Transaction, facts: readonly OrderFact[]): Promise<Set<string>> {
    const lines = facts.flatMap(({ order_id, items }) =>
      items.map((item, index) => ({ order_id, line: index + 1, ...item })),
    );
    const { rows } = await tx.query<Merged>(this.#merge, [
      uuidArray(facts.map(({ order_id }) => order_id)),
      textArray(facts.map(({ customer_id }) => customer_id)),
      textArray(facts.map(({ currency }) => currency)),
      bigintArray(facts.map(({ amount_total }) => amount_total)),
      integerArray(facts.map(({ item_count }) => item_count)),
      timestamptzArray(facts.map(({ created_at }) => created_at)),
      timestamptzArray(facts.map(({ confirmed_at }) => confirmed_at)),
      timestamptzArray(facts.map(({ rejected_at }) => rejected_at)),
      timestamptzArray(facts.map(({ paid_at }) => paid_at)),
      timestamptzArray(facts.map(({ cancelled_at }) => cancelled_at)),
      uuidArray(lines.map(({ order_id }) => order_id)),
      integerArray(lines.map(({ line }) => line)),
      textArray(lines.map(({ sku }) => sku)),
      integerArray(lines.map(({ quantity }) => quantity)),
      bigintArray(lines.map(({ unit_amount }) => unit_amount)),
    ]);
    await this.#sales.count(
      tx,
      rows.filter(({ sold_at, returned_at }) => sold_at !== null || returned_at !== null),
    );
    return new Set(rows.filter(({ is_known }) => is_known).map(({ order_id }) => order_id));
  }

  /** What the warehouse holds of these orders. */
  async contentOf(tx: Transaction, orderIds: ReadonlySet<string>): Promise<Map<string, OrderContent>> {
    type Row = Omit<OrderContent, 'amount_total'> & { order_id: string; amount_total: string };
    const { rows } = await tx.query<Row>(this.#content, [uuidArray([...orderIds])]);
    return new Map(rows.map((row) => [row.order_id, { ...row, amount_total: Number(row.amount_total) }]));
  }
}
