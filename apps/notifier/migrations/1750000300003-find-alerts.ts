import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Erasing a customer looks through what operators were told: with this it reads those rows, and not the whole ledger. */
export class FindAlerts1750000300003 implements MigrationInterface {
  readonly name = 'FindAlerts1750000300003';
  /** The ledger may be large, and the version before this one goes on writing to it. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // Outside a transaction an interrupted build leaves an index behind that is never used. Nobody is to queue behind its removal.
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS notifications_to_operators');
    await runner.query(`
      CREATE INDEX CONCURRENTLY notifications_to_operators ON notifications (notification_id)
       WHERE template = 'operator-alert' AND erased_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX notifications_to_operators');
  }
}
