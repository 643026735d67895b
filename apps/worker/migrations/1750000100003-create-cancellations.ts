import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every request to cancel, and how it was ruled on: delivered again, it is neither carried out nor refused again. */
export class CreateCancellations1750000100003 implements MigrationInterface {
  readonly name = 'CreateCancellations1750000100003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cancellations (
        event_id uuid PRIMARY KEY,
        order_id uuid NOT NULL,
        refusal text,
        requested_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX cancellations_of_order ON cancellations (order_id)');
    await runner.query(`COMMENT ON TABLE cancellations IS 'Every request to cancel an order.'`);
    await runner.query(
      `COMMENT ON COLUMN cancellations.event_id IS 'The order.cancellation_requested that asked for it.'`,
    );
    await runner.query(
      `COMMENT ON COLUMN cancellations.refusal IS 'Code of the reason it was refused for; null when it cancelled the order.'`,
    );
    await runner.query(`COMMENT ON COLUMN cancellations.requested_at IS 'Timestamp of that event.'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cancellations');
  }
}
