import type { DeadRecordRow, RecordPosition } from '@orderstream/events';
import { bigintArray, textArray } from '../database/binary-arrays.ts';
import type { Queryable } from '../database/transaction.ts';

/** A partition in the eyes of one group. */
export interface GroupPartition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** A row of `dead_letters`. */
export interface OpenLetter {
  readonly key: Buffer | null;
  readonly redriveCount: number;
}

const ADD = {
  name: 'orderstream.add-dead-letters',
  text: `INSERT INTO dead_letters (consumer_group, topic, partition, record_offset, record_key, reason)
         SELECT $1, $2, $3, dead.* FROM unnest($4::bigint[], $5::bytea[], $6::text[]) AS dead
         ON CONFLICT (consumer_group, topic, partition, record_offset) DO UPDATE
         SET record_key = excluded.record_key, reason = excluded.reason, redrive_count = 0, dead_at = now()
         WHERE dead_letters.record_key IS DISTINCT FROM excluded.record_key`,
};
const BETWEEN = {
  name: 'orderstream.open-between',
  text: `SELECT record_offset, record_key FROM dead_letters
         WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND record_offset >= $4 AND record_offset < $5`,
};
// One probe of the index per key, however many records are parked behind it.
const OLDEST = {
  name: 'orderstream.oldest-open-of-keys',
  text: `SELECT keys.place, oldest.record_offset FROM unnest($4::bytea[]) WITH ORDINALITY AS keys (key, place),
         LATERAL (SELECT record_offset FROM dead_letters
                  WHERE consumer_group = $1 AND topic = $2 AND partition = $3
                    AND sha256(record_key) = sha256(keys.key) AND record_key = keys.key
                  ORDER BY record_offset LIMIT 1) AS oldest`,
};
const LOCK = {
  name: 'orderstream.lock-dead-letter',
  text: `SELECT record_key, redrive_count FROM dead_letters
         WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND record_offset = $4 FOR UPDATE`,
};
const RENEW = {
  name: 'orderstream.renew-dead-letter',
  text: `UPDATE dead_letters SET reason = $5, redrive_count = $6, dead_at = now()
         WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND record_offset = $4`,
};
const CLOSE = {
  name: 'orderstream.close-dead-letter',
  text: `DELETE FROM dead_letters
         WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND record_offset = $4`,
};

/** Notes records as open. What is open already stays as it is, unless it was another record of a topic that is no more. Does not wait: a failure is the transaction's. */
export function addLetters(tx: Queryable, at: GroupPartition, dead: readonly DeadRecordRow[]): void {
  if (dead.length === 0) return;
  void tx.query(ADD, [
    ...keyOf(at),
    bigintArray(dead.map(({ offset }) => offset)),
    dead.map(({ key }) => key),
    textArray(dead.map(({ reason }) => reason)),
  ]);
}

/** The keys of what is open from offset `from` up to `to`, by offset. */
export async function openBetween(
  tx: Queryable,
  at: GroupPartition,
  from: number,
  to: number,
): Promise<Map<number, Buffer | null>> {
  const { rows } = await tx.query<{ record_offset: string; record_key: Buffer | null }>(BETWEEN, [
    ...keyOf(at),
    from,
    to,
  ]);
  return new Map(rows.map(({ record_offset, record_key }) => [Number(record_offset), record_key]));
}

/** For each of the keys, in their order, the lowest offset that is open; undefined where none is. */
export async function oldestOpen(
  tx: Queryable,
  at: GroupPartition,
  keys: readonly Buffer[],
): Promise<(number | undefined)[]> {
  const { rows } = await tx.query<{ place: string; record_offset: string }>(OLDEST, [...keyOf(at), keys]);
  const oldest = new Map(rows.map(({ place, record_offset }) => [Number(place), Number(record_offset)]));
  return keys.map((_, index) => oldest.get(index + 1));
}

/** The row of one record, which nobody else changes until the transaction ends; undefined when it is not open. */
export async function lockLetter(
  tx: Queryable,
  group: string,
  original: RecordPosition,
): Promise<OpenLetter | undefined> {
  const { rows } = await tx.query<{ record_key: Buffer | null; redrive_count: number }>(
    LOCK,
    rowKey(group, original),
  );
  const [row] = rows;
  return row && { key: row.record_key, redriveCount: row.redrive_count };
}

/** The record died again. Does not wait, as `addLetters`. */
export function renewLetter(
  tx: Queryable,
  group: string,
  original: RecordPosition,
  now: { readonly reason: string; readonly redriveCount: number },
): void {
  void tx.query(RENEW, [...rowKey(group, original), now.reason, now.redriveCount]);
}

/** The record is open no longer. Does not wait, as `addLetters`. */
export function closeLetter(tx: Queryable, group: string, original: RecordPosition): void {
  void tx.query(CLOSE, rowKey(group, original));
}

function keyOf({ group, topic, partition }: GroupPartition): (string | number)[] {
  return [group, topic, partition];
}

function rowKey(group: string, { topic, partition, offset }: RecordPosition): (string | number)[] {
  return [group, topic, partition, offset];
}
