import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every payment that was reported, whatever became of it. People look at the flagged ones. */
export class CreatePayments1750000100002 implements MigrationInterface {
  readonly name = 'CreatePayments1750000100002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payments (
        payment_id text NOT NULL,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        order_id uuid NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('succeeded', 'failed')),
        currency text NOT NULL,
        amount bigint NOT NULL CHECK (amount >= 0),
        method text NOT NULL,
        failure_code text CHECK ((failure_code IS NOT NULL) = (outcome = 'failed')),
        flag text CHECK (flag IN ('payment_mismatch', 'already_paid', 'order_not_payable')),
        event_id uuid NOT NULL,
        reported_at timestamptz NOT NULL,
        waiting json,
        PRIMARY KEY (payment_id, outcome)
      )`);
    await runner.query('CREATE INDEX payments_of_order ON payments (order_id)');
    // Asked for every new order: as small as the few payments that are ahead of theirs.
    await runner.query(
      'CREATE INDEX payments_that_wait ON payments (order_id, seq) WHERE waiting IS NOT NULL',
    );
    // For `orderstream erase`.
    await runner.query('CREATE INDEX orders_of_customer ON orders (customer_id)');
    const comments = {
      seq: 'Order of the log within one order_id; across orders it means nothing.',
      amount: 'In minor units of the currency.',
      flag: 'Why money that came did not pay its order: for people to look at. Null when it paid, failed or waits.',
      event_id: 'The event that reported it.',
      reported_at: 'Timestamp of that event.',
      waiting: 'The event and its trace while the order has not come; null from then on.',
    };
    await runner.query(
      `COMMENT ON TABLE payments IS 'Every payment reported, one row per payment_id and outcome: one that failed may succeed later.'`,
    );
    for (const [column, comment] of Object.entries(comments)) {
      await runner.query(`COMMENT ON COLUMN payments.${column} IS '${comment}'`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_of_customer');
    await runner.query('DROP TABLE payments');
  }
}
