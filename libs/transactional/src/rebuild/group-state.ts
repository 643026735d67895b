import type { RecordPosition } from '@orderstream/events';
import type { Queryable } from '../database/transaction.ts';
import type { Projection } from './projection.ts';

export interface GroupPosition {
  readonly next: number;
  readonly topicId: string | undefined;
}

/** Where a group stands, and what it has not brought to an end, at one moment. */
export interface GroupState {
  /** By `topic/partition`. */
  readonly positions: ReadonlyMap<string, GroupPosition>;
  readonly open: readonly RecordPosition[];
}

interface PositionRow {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: number;
  readonly topic_id: string | null;
}

/** One statement, so that both are of one moment. */
export async function readGroupState(tx: Queryable, { ownSchema, group }: Projection): Promise<GroupState> {
  const { rows } = await tx.query<{ positions: PositionRow[]; open: RecordPosition[] }>(
    `SELECT (SELECT coalesce(json_agg(json_build_object('topic', topic, 'partition', partition, 'next_offset', next_offset, 'topic_id', topic_id)), '[]')
               FROM ${ownSchema}.consumer_positions WHERE consumer_group = $1) AS positions,
            (SELECT coalesce(json_agg(json_build_object('topic', topic, 'partition', partition, 'offset', record_offset)), '[]')
               FROM ${ownSchema}.dead_letters WHERE consumer_group = $1) AS open`,
    [group],
  );
  const { positions, open } = rows[0] as (typeof rows)[number];
  return {
    positions: new Map(
      positions.map(({ topic, partition, next_offset, topic_id }) => [
        `${topic}/${partition}`,
        { next: next_offset, topicId: topic_id ?? undefined },
      ]),
    ),
    open,
  };
}
