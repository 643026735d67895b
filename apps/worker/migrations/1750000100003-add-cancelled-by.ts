import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which request cancelled the order: the same request, delivered again, is not refused as a second one would be. */
export class AddCancelledBy1750000100003 implements MigrationInterface {
  readonly name = 'AddCancelledBy1750000100003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders ADD COLUMN cancelled_by uuid');
    await runner.query(
      `COMMENT ON COLUMN orders.cancelled_by IS 'event_id of the order.cancellation_requested that cancelled it.'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN cancelled_by');
  }
}
