import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests whose clients had all left before they could be told what became of them. */
export class AddUntoldAnswers1750000200004 implements MigrationInterface {
  readonly name = 'AddUntoldAnswers1750000200004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE idempotency_keys ADD COLUMN is_untold boolean NOT NULL DEFAULT false');
    await runner.query(
      `COMMENT ON COLUMN idempotency_keys.is_untold IS 'True while nobody has been told the answer: everybody had left, and who repeats the request may get a better one.'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE idempotency_keys DROP COLUMN is_untold');
  }
}
