import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedEvent } from '@orderstream/events';
import type { Database } from '../database/database.ts';
import type { Queryable } from '../database/transaction.ts';

const CLAIM = {
  name: 'orderstream.claim-events',
  text: `INSERT INTO inbox (consumer_group, event_id) SELECT $1, unnest($2::uuid[])
         ON CONFLICT DO NOTHING RETURNING event_id`,
};

/** Remembers the events' ids and returns, in their order, those that this group has not handled before. */
export async function claimEvents(
  tx: Queryable,
  group: string,
  events: readonly ReceivedEvent[],
): Promise<ReceivedEvent[]> {
  const ids = events.map(({ event_id }) => event_id);
  const { rows } = await tx.query<{ event_id: string }>(CLAIM, [group, ids]);
  const unclaimed = new Set(rows.map(({ event_id }) => event_id));
  // delete() answers true once per id: a second copy inside the same batch is left out, too.
  return events.filter(({ event_id }) => unclaimed.delete(event_id));
}

const PURGE_CHUNK_ROWS = 5_000;
const PURGE_PAUSE_MS = 200;

/**
 * Forgets ids that were received more than `retentionDays` ago, a chunk at a time so that nobody waits for it.
 * @returns how many
 */
export async function purgeInbox(
  database: Database,
  retentionDays: number,
  signal?: AbortSignal,
): Promise<number> {
  let purged = 0;
  for (;;) {
    const { rowCount } = await database.query(
      `DELETE FROM inbox WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM inbox WHERE received_at < now() - make_interval(days => $1) LIMIT $2))`,
      [retentionDays, PURGE_CHUNK_ROWS],
    );
    purged += rowCount;
    if (rowCount < PURGE_CHUNK_ROWS || signal?.aborted) return purged;
    await sleep(PURGE_PAUSE_MS);
  }
}
