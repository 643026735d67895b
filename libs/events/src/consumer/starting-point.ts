import type { PartitionLog } from '../kafka/read-logs.ts';
import type { StoredPosition } from './effect-store.ts';

/** Where a group goes on in a partition, or why it does not before somebody has decided something. */
export type StartingPoint =
  | { readonly kind: 'stands'; readonly offset: number }
  | {
      readonly kind: 'halted';
      readonly why: string;
      /** Set where the log is another one than was handled: where it begins. Whatever Kafka has committed says nothing about it. */
      readonly unhandledFrom?: number | undefined;
    };

/**
 * Compares what the store says with the log there is. A store that knows nothing is a new group's or a new database's: whatever Kafka
 * has committed, nothing was kept of it, and the group begins where the log does.
 */
export function startingPoint(stored: StoredPosition | undefined, log: PartitionLog): StartingPoint {
  if (stored === undefined) return { kind: 'stands', offset: log.start };
  const { nextOffset, topicId } = stored;
  if (topicId !== undefined && log.topicId !== undefined && topicId !== log.topicId) {
    return { kind: 'halted', why: anotherLog(nextOffset, topicId, log), unhandledFrom: log.start };
  }
  if (nextOffset > log.end) return { kind: 'halted', why: beyondTheEnd(nextOffset, log.end) };
  if (nextOffset < log.start) return { kind: 'halted', why: recordsGone(nextOffset, log.start) };
  return { kind: 'stands', offset: nextOffset };
}

// What a reason says last is what an operator can do. The partition is looked at again by itself.

/** The log has shrunk, or is another one. */
function beyondTheEnd(position: number, end: number): string {
  return (
    `the stored position ${position} lies beyond the partition's end ${end}: was the topic recreated, or has it lost records? ` +
    `To handle the log from its beginning, delete the group's row of this partition in consumer_positions; to go on at ${end}, set its next_offset to that`
  );
}

/** Retention was faster than the group. */
function recordsGone(position: number, start: number): string {
  return (
    `records ${position} to ${start - 1} are gone from the log before this group handled them. ` +
    `To go on without them, set the group's next_offset of this partition in consumer_positions to ${start}`
  );
}

function anotherLog(position: number, topicId: string, log: PartitionLog): string {
  return (
    `the topic was recreated: the stored position ${position} belongs to topic id ${topicId}, this one is ${log.topicId} and holds ${log.start} to ${log.end - 1}. ` +
    `To handle it from its beginning, delete the group's row of this partition in consumer_positions; to go on elsewhere, set its next_offset and set topic_id to NULL`
  );
}
