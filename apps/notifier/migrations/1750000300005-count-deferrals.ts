import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the pause after the next "not now" follows from: how often, and not for how long, as most of that may have been a wait in the queue. */
export class CountDeferrals1750000300005 implements MigrationInterface {
  readonly name = 'CountDeferrals1750000300005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notifications ADD COLUMN deferrals integer NOT NULL DEFAULT 0');
    await runner.query(
      `COMMENT ON COLUMN notifications.deferrals IS 'How often it has been told "not now" since deferred_since; means nothing where that is null.'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notifications DROP COLUMN deferrals');
  }
}
