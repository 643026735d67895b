import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The rollup that charts and dashboards read instead of counting orders. */
export class CreateRevenuePerMinute1750000300002 implements MigrationInterface {
  readonly name = 'CreateRevenuePerMinute1750000300002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(COMMENTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE warehouse.revenue_per_minute');
  }
}

// Amounts are numeric: a thousand orders of the largest allowed total would overflow a bigint. The current minute's row is rewritten
// by every batch: most of the page is kept free for its versions.
const TABLE = `
  CREATE TABLE warehouse.revenue_per_minute (
    minute timestamptz NOT NULL,
    currency text NOT NULL,
    orders_created bigint NOT NULL DEFAULT 0,
    orders_confirmed bigint NOT NULL DEFAULT 0,
    orders_rejected bigint NOT NULL DEFAULT 0,
    orders_paid bigint NOT NULL DEFAULT 0,
    orders_cancelled bigint NOT NULL DEFAULT 0,
    amount_created numeric NOT NULL DEFAULT 0,
    amount_confirmed numeric NOT NULL DEFAULT 0,
    amount_rejected numeric NOT NULL DEFAULT 0,
    amount_paid numeric NOT NULL DEFAULT 0,
    amount_cancelled numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (minute, currency)
  ) WITH (fillfactor = 30)`;

const COMMENTS = `
  COMMENT ON TABLE warehouse.revenue_per_minute IS 'What happened to orders, by minute and currency. A minute is that of the event, however late it arrived; minutes in which nothing happened have no row. Always equal to what warehouse.orders adds up to.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.minute IS 'Begin of the minute.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.currency IS 'ISO 4217 code. Amounts of different currencies are never added.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.orders_created IS 'Orders with created_at in this minute.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.orders_confirmed IS 'Orders with confirmed_at in this minute.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.orders_rejected IS 'Orders with rejected_at in this minute.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.orders_paid IS 'Orders with paid_at in this minute.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.orders_cancelled IS 'Orders with cancelled_at in this minute.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.amount_created IS 'Sum of amount_total over orders_created, in minor units.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.amount_confirmed IS 'Sum of amount_total over orders_confirmed, in minor units.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.amount_rejected IS 'Sum of amount_total over orders_rejected, in minor units.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.amount_paid IS 'Sum of amount_total over orders_paid, in minor units.';
  COMMENT ON COLUMN warehouse.revenue_per_minute.amount_cancelled IS 'Sum of amount_total over orders_cancelled, in minor units.';`;
