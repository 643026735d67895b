import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids of events that were handled, for handlers with `dedupe: 'event-id'`. */
export class CreateInbox1750000000003 implements MigrationInterface {
  readonly name = 'CreateInbox1750000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inbox (
        consumer_group text NOT NULL,
        event_id uuid NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer_group, event_id)
      )`);
    // Only the purge looks by time: a block range index costs an insert next to nothing.
    await runner.query('CREATE INDEX inbox_received_at ON inbox USING brin (received_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE inbox');
  }
}
