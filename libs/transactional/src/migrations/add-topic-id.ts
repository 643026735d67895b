import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which topic a position is of: one that was deleted and created again has the same name and other records. */
export class AddTopicId1750000000005 implements MigrationInterface {
  readonly name = 'AddTopicId1750000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE consumer_positions ADD COLUMN topic_id text');
    await runner.query(`
      COMMENT ON COLUMN consumer_positions.topic_id IS
        'Kafka''s id of the topic that next_offset is of. NULL: the topic there is now, noted when the group looks next.'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE consumer_positions DROP COLUMN topic_id');
  }
}
