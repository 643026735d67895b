import type { Run, StoredPosition } from '@orderstream/events';
import { bigintArray, integerArray, textArray } from '../database/binary-arrays.ts';
import type { Queryable } from '../database/transaction.ts';

type Partition = Pick<Run, 'group' | 'topic' | 'partition'>;

const READ = {
  name: 'orderstream.read-position',
  text: `SELECT next_offset FROM consumer_positions WHERE consumer_group = $1 AND topic = $2 AND partition = $3`,
};
const LOCK = { name: 'orderstream.lock-position', text: `${READ.text} FOR UPDATE` };
const ADVANCE = {
  name: 'orderstream.advance-position',
  text: `UPDATE consumer_positions SET next_offset = $5, updated_at = now()
         WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND next_offset = $4
         RETURNING (SELECT max(record_offset) FROM dead_letters open
                    WHERE open.consumer_group = $1 AND open.topic = $2 AND open.partition = $3) AS newest_open`,
};
// Whoever is at one of them makes it stay behind, instead of holding up all.
const ADVANCE_ALL = {
  name: 'orderstream.advance-positions',
  text: `WITH mine AS (
           SELECT run.place, run.topic, run.partition, run.next_offset
           FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[])
             WITH ORDINALITY AS run (topic, partition, first_offset, next_offset, place)
           JOIN consumer_positions stored
             ON stored.consumer_group = $1 AND stored.topic = run.topic AND stored.partition = run.partition
            AND stored.next_offset = run.first_offset
           FOR UPDATE OF stored SKIP LOCKED)
         UPDATE consumer_positions stored SET next_offset = mine.next_offset, updated_at = now()
         FROM mine
         WHERE stored.consumer_group = $1 AND stored.topic = mine.topic AND stored.partition = mine.partition
         RETURNING mine.place, EXISTS (SELECT FROM dead_letters open
                    WHERE open.consumer_group = $1 AND open.topic = mine.topic AND open.partition = mine.partition) AS has_open`,
};
const CREATE = {
  name: 'orderstream.create-position',
  text: `INSERT INTO consumer_positions (consumer_group, topic, partition, next_offset, topic_id) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING`,
};
const READ_ALL = {
  name: 'orderstream.read-positions',
  text: `SELECT topic, partition, next_offset, topic_id FROM consumer_positions WHERE consumer_group = $1 AND topic = ANY ($2)`,
};
const NOTE_TOPIC_ID = {
  name: 'orderstream.note-topic-id',
  text: `UPDATE consumer_positions SET topic_id = $4
         WHERE consumer_group = $1 AND topic = $2 AND partition = ANY ($3::integer[]) AND topic_id IS NULL`,
};

/** All positions of a group on these topics. */
export async function readPositions(
  db: Queryable,
  group: string,
  topics: readonly string[],
): Promise<StoredPosition[]> {
  const { rows } = await db.query<
    PositionRow & { topic: string; partition: number; topic_id: string | null }
  >(READ_ALL, [group, topics]);
  return rows.map(({ topic, partition, next_offset, topic_id }) => ({
    topic,
    partition,
    nextOffset: Number(next_offset),
    topicId: topic_id ?? undefined,
  }));
}

/** Says which topic of that name the partitions' positions are of, where that was never said. */
export async function noteTopicId(
  db: Queryable,
  group: string,
  topic: string,
  partitions: readonly number[],
  topicId: string,
): Promise<void> {
  await db.query(NOTE_TOPIC_ID, [group, topic, integerArray(partitions), topicId]);
}

/** The next offset to apply; undefined for a partition that the group never touched. */
export async function readPosition(db: Queryable, partition: Partition): Promise<number | undefined> {
  return offsetIn(await db.query<PositionRow>(READ, keyOf(partition)));
}

/** As readPosition, and keeps everybody else from moving it until the transaction ends. */
export async function lockPosition(db: Queryable, partition: Partition): Promise<number | undefined> {
  return offsetIn(await db.query<PositionRow>(LOCK, keyOf(partition)));
}

export interface Advance {
  /** The highest offset of the partition that is dead-lettered or parked; undefined when all is well. Nobody adds one meanwhile. */
  readonly newestOpen: number | undefined;
}

/**
 * Moves the position from `from` to `to` and holds its lock until the transaction ends: lock, check and advance in one statement.
 * Undefined when it does not stand at `from`; nothing is changed then.
 */
export async function advancePosition(
  db: Queryable,
  partition: Partition,
  from: number,
  to: number,
): Promise<Advance | undefined> {
  const { rows } = await db.query<{ newest_open: string | null }>(ADVANCE, [...keyOf(partition), from, to]);
  const [row] = rows;
  return row && { newestOpen: row.newest_open === null ? undefined : Number(row.newest_open) };
}

/**
 * Moves the positions of one group's partitions from each run's start to its end, as `advancePosition` does, where they stand at the
 * start and nobody else is at them: never waits for another transaction.
 * @returns for each of the runs, in their order: `open` when the partition has dead-lettered or parked records, `clear` when it has
 * none; undefined where nothing was changed
 */
export async function advancePositions(
  db: Queryable,
  runs: readonly [Run, ...Run[]],
): Promise<('open' | 'clear' | undefined)[]> {
  const { rows } = await db.query<{ place: string; has_open: boolean }>(ADVANCE_ALL, [
    runs[0].group,
    textArray(runs.map(({ topic }) => topic)),
    integerArray(runs.map(({ partition }) => partition)),
    bigintArray(runs.map(({ firstOffset }) => firstOffset)),
    bigintArray(runs.map(({ nextOffset }) => nextOffset)),
  ]);
  const moved = new Map(
    rows.map(({ place, has_open }) => [Number(place), has_open ? 'open' : 'clear'] as const),
  );
  return runs.map((_, index) => moved.get(index + 1));
}

/** Writes a partition's first position. False when somebody else was first; waits for whoever is just doing so. */
export async function createPosition(
  db: Queryable,
  partition: Partition & Pick<Run, 'topicId'>,
  to: number,
): Promise<boolean> {
  const { rowCount } = await db.query(CREATE, [...keyOf(partition), to, partition.topicId ?? null]);
  return rowCount === 1;
}

interface PositionRow {
  readonly next_offset: string;
}

function offsetIn({ rows: [row] }: { readonly rows: PositionRow[] }): number | undefined {
  return row && Number(row.next_offset);
}

function keyOf({ group, topic, partition }: Partition): (string | number)[] {
  return [group, topic, partition];
}
