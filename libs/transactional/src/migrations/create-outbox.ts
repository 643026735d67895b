import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Events that are to be published: one row holds what one transaction emitted to one topic. */
export class CreateOutbox1750000000002 implements MigrationInterface {
  readonly name = 'CreateOutbox1750000000002';

  async up(runner: QueryRunner): Promise<void> {
    // EXTERNAL: not compressed. A batch is written and read once; compressing it took three times what it saved (ADR 0003).
    // Autovacuum by rows, not by share: the table is nearly empty most of the time.
    await runner.query(`
      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic text NOT NULL,
        record_count integer NOT NULL,
        records text STORAGE EXTERNAL NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`);
    await runner.query(`
      COMMENT ON COLUMN outbox.records IS
        'One line per record, in the order they were emitted: {"key", "headers"} as JSON, a tab, the value.'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox');
  }
}
