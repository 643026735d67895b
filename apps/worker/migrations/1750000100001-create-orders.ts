import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The worker's orders. Others read this table: its columns are a contract. */
export class CreateOrders1750000100001 implements MigrationInterface {
  readonly name = 'CreateOrders1750000100001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        order_id uuid PRIMARY KEY,
        customer_id text NOT NULL,
        status text NOT NULL CHECK (status IN ('confirmed', 'rejected', 'paid', 'cancelled')),
        currency text NOT NULL,
        amount_total bigint NOT NULL CHECK (amount_total >= 0),
        items jsonb NOT NULL,
        contact jsonb,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await runner.query(`COMMENT ON TABLE orders IS 'Every order the worker has ruled on, as it stands now.'`);
    await runner.query(
      `COMMENT ON COLUMN orders.amount_total IS 'Sum of the items, in minor units of the currency.'`,
    );
    await runner.query(
      `COMMENT ON COLUMN orders.contact IS 'Where to reach the customer: {email?, phone?}; null when the order names nothing.'`,
    );
    await runner.query(`COMMENT ON COLUMN orders.created_at IS 'When the customer ordered.'`);
    await runner.query(
      `COMMENT ON COLUMN orders.updated_at IS 'Timestamp of the event that last changed the order.'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE orders');
  }
}
