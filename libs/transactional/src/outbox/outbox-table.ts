import type { OutgoingRecord } from '@orderstream/events';
import type { Queryable } from '../database/transaction.ts';
import type { TransactionSnapshot } from './low-watermark.ts';
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
const take = (where: string): string => `
  SELECT id, topic, records FROM (
    SELECT id, topic, records, row_number() OVER ids AS place, sum(octet_length(records)) OVER ids AS bytes
    FROM (SELECT id, topic, records FROM outbox ${where} ORDER BY id LIMIT ${MAX_ROWS}) head WINDOW ids AS (ORDER BY id)
  ) measured WHERE place = 1 OR bytes <= ${MAX_BYTES} ORDER BY id`;
const TAKE = { name: 'orderstream.take-outbox', text: take('WHERE id > $1') };
// Without a name, so that it is planned with the ids known: only then does the server look each row up in a table of them.
const TAKE_OTHERS = take('WHERE id > $1 AND id <> ALL ($2::bigint[])');
const SNAPSHOT = {
  name: 'orderstream.outbox-snapshot',
  text: `SELECT pg_snapshot_xmin(now)::text AS xmin, pg_snapshot_xmax(now)::text AS xmax FROM pg_current_snapshot() AS now`,
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

/**
 * The oldest unpublished rows by id, but for some. Never "those after the last one": a transaction may commit a lower id later than a
 * higher one.
 * @param after an id up to which nothing is left and nothing can come (see LowWatermark)
 */
export async function takeRows(
  db: Queryable,
  after: string,
  passedOver: ReadonlySet<string>,
): Promise<PendingRow[]> {
  const { rows } = await (passedOver.size === 0
    ? db.query<{ id: string } & OutboxRow>(TAKE, [after])
    : db.query<{ id: string } & OutboxRow>(TAKE_OTHERS, [after, [...passedOver]]));
  return rows.map((row) => ({ id: row.id, text: row.records, records: recordsOf(row) }));
}

export async function takeSnapshot(db: Queryable): Promise<TransactionSnapshot | undefined> {
  const { rows } = await db.query<{ xmin: string; xmax: string }>(SNAPSHOT);
  return rows[0] && { xmin: BigInt(rows[0].xmin), xmax: BigInt(rows[0].xmax) };
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
