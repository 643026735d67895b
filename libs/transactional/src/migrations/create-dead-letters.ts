import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The records that a group has dead-lettered or parked and not brought to an end: what decides whether one that comes back is handled. */
export class CreateDeadLetters1750000000004 implements MigrationInterface {
  readonly name = 'CreateDeadLetters1750000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dead_letters (
        consumer_group text NOT NULL,
        topic text NOT NULL,
        partition integer NOT NULL,
        record_offset bigint NOT NULL,
        record_key bytea,
        reason text NOT NULL,
        redrive_count integer NOT NULL DEFAULT 0,
        dead_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer_group, topic, partition, record_offset)
      )`);
    // A key can be as long as Kafka allows, an index entry not: the lookup is by its hash, and compares the key itself.
    await runner.query(`
      CREATE INDEX dead_letters_by_key
      ON dead_letters (consumer_group, topic, partition, sha256(record_key), record_offset)`);
    await runner.query(`
      COMMENT ON TABLE dead_letters IS
        'Open dead letters of this service''s groups, by the position where the record was found first. A row goes when the record was handled after all, or was discarded.'`);
    await runner.query(`
      COMMENT ON COLUMN dead_letters.redrive_count IS
        'How often the record had been handed back when it died last: a copy with no higher count is a duplicate.'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dead_letters');
  }
}
