import type { KafkaMessage } from 'kafkajs';
import { parseDeadLetter, positionText, type DeadLetter } from './dead-letter.ts';
import { parseResolution, type Resolution } from './resolution.ts';

/** How one original record stands, as a dead-letter topic tells it. */
export interface Standing {
  readonly state: 'open' | 'redriven' | 'discarded';
  /** The newest dead letter; doubles of one death are one. */
  readonly letter: DeadLetter;
  /** Where that letter lies in its partition of the dead-letter topic. */
  readonly letterOffset: number;
  /** Where the first letter lies: the order in which the records of a key died or were parked. */
  readonly firstLetterOffset: number;
  /** The highest count that any of its letters carries. Who redrives it sends one more, who discards it says this one. */
  readonly redriveCount: number;
  /** What closed it; undefined while it is open. */
  readonly resolution: Resolution | undefined;
}

/** What stands for an original position in a map: `<topic>/<partition>/<offset>`. */
export const standingKey = positionText;

/**
 * Derives from the records of a dead-letter topic (of one group, in offset order within each partition) how every original position
 * in them stands. Keyed by `standingKey`.
 */
export function standingsIn(records: Iterable<KafkaMessage>): Map<string, Standing> {
  const standings = new Map<string, Standing>();
  for (const record of records) noteStanding(standings, record);
  return standings;
}

/** One step of `standingsIn`, for whoever reads a topic record by record. Other people's records change nothing. */
export function noteStanding(standings: Map<string, Standing>, record: KafkaMessage): Standing | undefined {
  const step = readStep(record);
  if (step === undefined) return undefined;
  const key = standingKey(step.original);
  const before = standings.get(key);
  const after = 'reason' in step ? died(before, step, Number(record.offset)) : resolved(before, step);
  if (after !== undefined) standings.set(key, after);
  return after;
}

/** What a record of a dead-letter topic says; undefined for other people's records. */
export function readStep(record: KafkaMessage): DeadLetter | Resolution | undefined {
  return parseResolution(record) ?? parseDeadLetter(record);
}

/** Whether this ends the death of a record whose letters carry this redrive count. A resolution of an earlier death does not. */
export function endsDeath({ kind, redriveCount }: Resolution, lettersCount: number): boolean {
  return redriveCount >= (kind === 'redriven' ? lettersCount + 1 : lettersCount);
}

/**
 * A letter behind a resolution opens the record again, whatever its count: a partition that was set back, or a database restored,
 * lets a record die anew. It may be a double of one that is closed; then handing it back once more changes nothing, since the group's
 * own row decides. The other way round it would be lost.
 */
function died(before: Standing | undefined, letter: DeadLetter, letterOffset: number): Standing {
  return {
    state: 'open',
    letter,
    letterOffset,
    firstLetterOffset: before?.firstLetterOffset ?? letterOffset,
    redriveCount: Math.max(before?.redriveCount ?? 0, letter.redriveCount),
    resolution: undefined,
  };
}

function resolved(before: Standing | undefined, resolution: Resolution): Standing | undefined {
  if (before === undefined) return undefined;
  if (!endsDeath(resolution, before.redriveCount)) return before;
  // Two operators at once: whose record the group read first has had its effect, and the other's none.
  const isFirst = (resolution.retryOffset ?? Infinity) < (before.resolution?.retryOffset ?? Infinity);
  if (before.resolution !== undefined && !isFirst) return before;
  return { ...before, state: resolution.kind, resolution };
}
