import { Inject, Injectable } from '@nestjs/common';
import type { GroupLetters } from '@orderstream/events';
import { Database } from '@orderstream/transactional';

const SAVE = {
  name: 'dead-letters-save',
  text: `
    WITH noted AS (
      INSERT INTO watches VALUES ('dead letters', now()) ON CONFLICT (what) DO UPDATE SET checked_at = now()
    ), told AS (
      SELECT * FROM jsonb_to_recordset($1::jsonb) AS told(consumer_group text, topic text, reason text, open_letters bigint)
    ), gone AS (
      DELETE FROM dead_letter_counts AS old WHERE NOT EXISTS (SELECT FROM told
        WHERE told.consumer_group = old.consumer_group AND told.topic = old.topic AND told.reason = old.reason)
    )
    INSERT INTO dead_letter_counts SELECT * FROM told
    ON CONFLICT (consumer_group, topic, reason) DO UPDATE SET open_letters = excluded.open_letters
      WHERE dead_letter_counts.open_letters <> excluded.open_letters`,
};

/** How many dead letters are open, kept where every instance can show it. */
@Injectable()
export class DeadLetterStore {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** @throws TransientError when the database is away */
  async save(letters: readonly GroupLetters[]): Promise<void> {
    const rows = letters.map(({ group, topic, reason, count }) => ({
      consumer_group: group,
      topic,
      reason,
      open_letters: count,
    }));
    await this.database.query(SAVE, [JSON.stringify(rows)]);
  }
}
