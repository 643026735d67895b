import type { OutgoingRecord } from '@orderstream/events';
import type { Queryable } from '../database/transaction.ts';
import { recordsOf, rowsOf, type OutboxRow } from './outbox-rows.ts';

/** A row on its way to Kafka. */
export interface PendingRow {
  readonly id: string;
  readonly records: readonly OutgoingRecord[];
}

/** Bounds what is in memory and how long the event loop is busy with it. Larger ones were not faster (ADR 0003). */
const MAX_ROWS = 1_000;
const MAX_BYTES = 1024 * 1024;

// octet_length of an uncompressed value reads its header only, so that the budget is known before the text is fetched.
const TAKE = {
  name: 'orderstream.take-outbox',
  text: `SELECT id, topic, records FROM (
           SELECT id, topic, records, row_number() OVER ids AS place, sum(octet_length(records)) OVER ids AS bytes
           FROM (SELECT id, topic, records FROM outbox ORDER BY id LIMIT ${MAX_ROWS}) head WINDOW ids AS (ORDER BY id)
         ) measured WHERE place = 1 OR bytes <= ${MAX_BYTES} ORDER BY id`,
};
const REMOVE = {
  name: 'orderstream.remove-outbox',
  text: 'DELETE FROM outbox WHERE id = ANY ($1::bigint[])',
};
const SHRINK = {
  name: 'orderstream.shrink-outbox',
  text: 'UPDATE outbox SET record_count = $2, records = $3 WHERE id = $1',
};

/** The oldest unpublished rows by id. Never "those after the last one": a transaction may commit a lower id later than a higher one. */
export async function takeRows(db: Queryable): Promise<PendingRow[]> {
  const { rows } = await db.query<{ id: string } & OutboxRow>(TAKE);
  return rows.map((row) => ({ id: row.id, records: recordsOf(row) }));
}

/** Takes out what the broker has acknowledged. `acknowledged` answers for each record of `rows`, in their order. */
export async function removeAcknowledged(
  db: Queryable,
  rows: readonly PendingRow[],
  acknowledged: readonly boolean[],
): Promise<void> {
  const done: string[] = [];
  const partly: { id: string; rest: OutboxRow }[] = [];
  let index = 0;
  for (const { id, records } of rows) {
    const open = records.filter(() => !acknowledged[index++]);
    const [rest] = rowsOf(open);
    if (rest === undefined) done.push(id);
    else if (open.length < records.length) partly.push({ id, rest });
  }
  const changes: Promise<unknown>[] = partly.map(({ id, rest }) =>
    db.query(SHRINK, [id, rest.record_count, rest.records]),
  );
  if (done.length > 0) changes.push(db.query(REMOVE, [done]));
  await Promise.all(changes);
}

/** How many events wait, and for how long the oldest has. Counts rows, each of which holds a batch. */
export async function measureOutbox(
  db: Queryable,
): Promise<{ readonly events: number; readonly oldestSeconds: number }> {
  const { rows } = await db.query<{ events: string; seconds: number | null }>(
    `SELECT coalesce(sum(record_count), 0) AS events,
            extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS seconds FROM outbox`,
  );
  return { events: Number(rows[0]?.events ?? 0), oldestSeconds: Math.max(0, rows[0]?.seconds ?? 0) };
}
