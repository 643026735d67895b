import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whether a message has to wait is one look at the one before it: without this, for an order with hundreds of messages, it is a walk
 * over all that were sent already, for each of those that wait.
 */
export class FindWhatAnOrderWaitsFor1750000300004 implements MigrationInterface {
  readonly name = 'FindWhatAnOrderWaitsFor1750000300004';
  /** The ledger may be large, and the version before this one goes on writing to it. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // Outside a transaction an interrupted build leaves an index behind that is never used. Nobody is to queue behind its removal.
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS notifications_open_of_order');
    await runner.query(`
      CREATE INDEX CONCURRENTLY notifications_open_of_order ON notifications (order_id, happened_at, notification_id)
       WHERE state IN ('queued', 'sending') AND order_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX notifications_open_of_order');
  }
}
