import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What sells, counted from confirmed orders' items. Orders of before are counted here, once. */
export class CreateProductSales1750000300005 implements MigrationInterface {
  readonly name = 'CreateProductSales1750000300005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(COUNT);
    await runner.query(COMMENTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE warehouse.product_sales');
  }
}

const TABLE = `
  CREATE TABLE warehouse.product_sales (
    quarter_hour timestamptz NOT NULL,
    sku text NOT NULL,
    currency text NOT NULL,
    pieces_confirmed bigint NOT NULL DEFAULT 0,
    pieces_cancelled bigint NOT NULL DEFAULT 0,
    amount_confirmed numeric NOT NULL DEFAULT 0,
    amount_cancelled numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (quarter_hour, sku, currency)
  ) WITH (fillfactor = 50)`;

const COUNT = `
  INSERT INTO warehouse.product_sales
  SELECT date_bin('15 minutes', at, 'epoch'), sku, currency,
    coalesce(sum(quantity) FILTER (WHERE step = 'confirmed'), 0), coalesce(sum(quantity) FILTER (WHERE step = 'cancelled'), 0),
    coalesce(sum(amount) FILTER (WHERE step = 'confirmed'), 0), coalesce(sum(amount) FILTER (WHERE step = 'cancelled'), 0)
  FROM warehouse.orders JOIN warehouse.order_items USING (order_id)
  CROSS JOIN LATERAL (VALUES ('confirmed', confirmed_at), ('cancelled', cancelled_at)) AS taken(step, at)
  WHERE at IS NOT NULL AND created_at IS NOT NULL
  GROUP BY 1, 2, 3`;

const COMMENTS = `
  COMMENT ON TABLE warehouse.product_sales IS 'Pieces and amounts of confirmed and of cancelled orders, by product and quarter of an hour. Always equal to what warehouse.orders and order_items add up to.';
  COMMENT ON COLUMN warehouse.product_sales.quarter_hour IS 'Begin of the quarter of an hour in which the orders were confirmed, or cancelled.';
  COMMENT ON COLUMN warehouse.product_sales.sku IS 'The product.';
  COMMENT ON COLUMN warehouse.product_sales.currency IS 'ISO 4217 code.';
  COMMENT ON COLUMN warehouse.product_sales.pieces_confirmed IS 'Pieces in orders confirmed then; what was cancelled later is still among them.';
  COMMENT ON COLUMN warehouse.product_sales.pieces_cancelled IS 'Pieces in orders cancelled then, whenever they were confirmed.';
  COMMENT ON COLUMN warehouse.product_sales.amount_confirmed IS 'Sum over pieces_confirmed, in minor units.';
  COMMENT ON COLUMN warehouse.product_sales.amount_cancelled IS 'Sum over pieces_cancelled, in minor units.';`;
