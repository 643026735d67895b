import { textArray, timestamptzArray, uuidArray, type Transaction } from '@orderstream/transactional';

/** An order whose items count from now on: as sold, as given back, or both. */
export interface Sale {
  readonly order_id: string;
  readonly currency: string;
  readonly sold_at: Date | null;
  readonly returned_at: Date | null;
}

/**
 * A statement of its own, after the one that wrote the orders: it has to see the items that another transaction committed while that
 * one waited for an order's row.
 */
const count = (warehouse: string) => ({
  name: 'count-product-sales',
  text: `
    INSERT INTO ${warehouse}.product_sales AS total
      (quarter_hour, sku, currency, pieces_confirmed, pieces_cancelled, amount_confirmed, amount_cancelled)
    SELECT date_bin('15 minutes', at, 'epoch'), sku, currency,
      coalesce(sum(quantity) FILTER (WHERE step = 1), 0), coalesce(sum(quantity) FILTER (WHERE step = 2), 0),
      coalesce(sum(amount) FILTER (WHERE step = 1), 0), coalesce(sum(amount) FILTER (WHERE step = 2), 0)
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS sale(order_id, currency, sold_at, returned_at)
    CROSS JOIN LATERAL (SELECT sku, quantity, amount FROM ${warehouse}.order_items AS item WHERE item.order_id = sale.order_id OFFSET 0) AS item
    CROSS JOIN LATERAL (VALUES (1, sold_at), (2, returned_at)) AS taken(step, at)
    WHERE at IS NOT NULL
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (quarter_hour, sku, currency) DO UPDATE SET
      pieces_confirmed = total.pieces_confirmed + excluded.pieces_confirmed,
      pieces_cancelled = total.pieces_cancelled + excluded.pieces_cancelled,
      amount_confirmed = total.amount_confirmed + excluded.amount_confirmed,
      amount_cancelled = total.amount_cancelled + excluded.amount_cancelled`,
});

/** `warehouse.product_sales`, a batch at a time. */
export class ProductSalesStore {
  readonly #count: ReturnType<typeof count>;

  /** @param schema as of OrderFactStore */
  constructor(schema: string) {
    this.#count = count(schema);
  }

  /** Adds the items of these orders; each sale and each return is told once. */
  async count(tx: Transaction, sales: readonly Sale[]): Promise<void> {
    if (sales.length === 0) return;
    await tx.query(this.#count, [
      uuidArray(sales.map(({ order_id }) => order_id)),
      textArray(sales.map(({ currency }) => currency)),
      timestamptzArray(sales.map(({ sold_at }) => sold_at?.toISOString() ?? null)),
      timestamptzArray(sales.map(({ returned_at }) => returned_at?.toISOString() ?? null)),
    ]);
  }
}
