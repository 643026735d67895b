import type { OutgoingRecord } from '@orderstream/events';
import type { Queryable } from '../database/transaction.ts';
import { recordsOf, rowsOf, type OutboxRow } from './outbox-rows.ts';

/** A row on its way to Kafka. */
export interface PendingRow {
  readonly id: string;
  /** As the table holds it. */
  readonly text: string;
  readonly records: readonly OutgoingRecord[];
}

/** A row of the table, and what of it Kafka does not have yet. */
export interface Progress {
  readonly row: PendingRow;
  readonly open: readonly OutgoingRecord[];
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
// Somebody's open transaction (a person with psql) holds up the rows it has touched and no others: those are passed over. By ctid, which
// cannot change while this statement holds the rows: joined by id, 1,000 rows took twice as long to remove.
const REMOVE = {
  name: 'orderstream.remove-outbox',
  text: `DELETE FROM outbox WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM outbox WHERE id = ANY ($1::bigint[]) FOR UPDATE SKIP LOCKED))`,
};
const SHRINK = {
  name: 'orderstream.shrink-outbox',
  text: `UPDATE outbox SET record_count = $2, records = $3
         WHERE id = (SELECT id FROM outbox WHERE id = $1 FOR UPDATE SKIP LOCKED)`,
};

/** The oldest unpublished rows by id. Never "those after the last one": a transaction may commit a lower id later than a higher one. */
export async function takeRows(db: Queryable): Promise<PendingRow[]> {
  const { rows } = await db.query<{ id: string } & OutboxRow>(TAKE);
  return rows.map((row) => ({ id: row.id, text: row.records, records: recordsOf(row) }));
}

/**
 * Takes what the broker has acknowledged out of the rows, which were read over the same connection.
 * @returns the ids of rows that surely hold no more than what is open. Not among them: those that somebody else holds, and all that
 * were to be removed when any of those is held
 */
export async function removeAcknowledged(db: Queryable, taken: readonly Progress[]): Promise<string[]> {
  const done = taken.filter(({ open }) => open.length === 0).map(({ row }) => row.id);
  const partly = taken.filter(({ row, open }) => open.length > 0 && open.length < row.records.length);
  const [removed, ...shrunk] = await Promise.all([
    done.length > 0 ? remove(db, done) : [],
    ...partly.map((progress) => shrink(db, progress)),
  ]);
  return [...removed, ...shrunk.flat()];
}

async function remove(db: Queryable, ids: readonly string[]): Promise<readonly string[]> {
  const { rowCount } = await db.query(REMOVE, [ids]);
  return rowCount === ids.length ? ids : [];
}

async function shrink(db: Queryable, { row, open }: Progress): Promise<string[]> {
  const [rest] = rowsOf(open);
  const { rowCount } = await db.query(SHRINK, [row.id, rest?.record_count, rest?.records]);
  return rowCount === 1 ? [row.id] : [];
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
