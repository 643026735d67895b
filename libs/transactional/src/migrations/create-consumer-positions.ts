import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far each consumer group has applied each partition: the truth about consumption, committed with the effect itself. */
export class CreateConsumerPositions1750000000001 implements MigrationInterface {
  readonly name = 'CreateConsumerPositions1750000000001';

  async up(runner: QueryRunner): Promise<void> {
    // Rewritten in place at every batch: room on the page keeps each update there, without touching the index.
    await runner.query(`
      CREATE TABLE consumer_positions (
        consumer_group text NOT NULL,
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer_group, topic, partition)
      ) WITH (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE consumer_positions');
  }
}
