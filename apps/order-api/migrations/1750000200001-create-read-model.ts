import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What order-api shows of the orders: projected from the topic `orders`, never written by a request. */
export class CreateReadModel1750000200001 implements MigrationInterface {
  readonly name = 'CreateReadModel1750000200001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        order_id uuid PRIMARY KEY,
        status text NOT NULL CHECK (status IN ('accepted', 'confirmed', 'rejected', 'paid', 'cancelled')),
        customer_id text,
        currency text,
        amount_total bigint CHECK (amount_total >= 0),
        items json,
        created_at timestamptz,
        updated_at timestamptz NOT NULL
      )`);
    await runner.query(`COMMENT ON TABLE orders IS 'Every order as GET shows it.'`);
    await runner.query(
      `COMMENT ON COLUMN orders.items IS 'As they were ordered, byte for byte. Null while order.created has not arrived: such an order is not shown.'`,
    );
    // order_id is a UUIDv7: its order is that of creation, so the list needs no index on a time.
    await runner.query('CREATE INDEX orders_by_customer ON orders (customer_id, order_id)');
    await runner.query('CREATE INDEX orders_by_status ON orders (status, order_id)');
    await runner.query(`
      CREATE TABLE order_events (
        event_id uuid PRIMARY KEY,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        order_id uuid NOT NULL,
        event_type text NOT NULL,
        event json NOT NULL
      )`);
    await runner.query(
      `COMMENT ON TABLE order_events IS 'The steps of every order: its timeline and its stream.'`,
    );
    await runner.query(
      `COMMENT ON COLUMN order_events.seq IS 'Order of the log within one order_id; across orders it means nothing.'`,
    );
    await runner.query(`COMMENT ON COLUMN order_events.event IS 'The envelope, as it was received.'`);
    await runner.query('CREATE INDEX order_events_in_order ON order_events (order_id, seq)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE order_events');
    await runner.query('DROP TABLE orders');
  }
}
