import type { DeadLetterReason } from '../dead-letter/reason.ts';
import type { ReceivedEvent } from '../envelope.ts';
import type { Emission } from '../event.ts';
import type { RecordPosition } from '../producer/lane.ts';

/**
 * A handler's work on some events, those of one partition in partition order. `tx` is the transaction its effect must use. Events of
 * other partitions may be among them: to a handler they are events of other keys, or of another of its topics.
 */
export type HandleEvents = (events: ReceivedEvent[], tx: unknown) => Promise<readonly Emission[] | void>;

/** A record whose dead letter the brokers hold. The store remembers it as open until somebody hands it back or discards it. */
export interface DeadRecordRow {
  readonly offset: number;
  /** As on the wire: not every key is text. */
  readonly key: Buffer | null;
  readonly reason: DeadLetterReason;
}

interface Stretch {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
  /** Set when the handler has no natural key: events whose id was handled before are left out. */
  readonly dedupe?: 'event-id' | undefined;
  /** Which topic of that name the offsets are of: kept with the partition's first position. */
  readonly topicId?: string | undefined;
}

/** Where a group stands in a partition. */
export interface StoredPosition {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  /** Kafka's id of the topic that the offset is of; undefined when it was never noted. */
  readonly topicId?: string | undefined;
}

/** Consecutive records of one partition: from `firstOffset` (inclusive) to `nextOffset` (exclusive). Events between are those to handle. */
export interface Run extends Stretch {
  /** In offset order; records that were skipped or dead-lettered are not among them. May be empty. */
  readonly events: ReceivedEvent[];
  /** What of the run is given up or parked: noted as open together with the advance. */
  readonly dead?: readonly DeadRecordRow[];
  /** Events of a key with an earlier open record must not be handled. */
  readonly ordered?: boolean;
  /** True once the partition is to be given up: what still waits for its turn then need not begin. */
  readonly shouldStop?: (() => boolean) | undefined;
  /** Set for a record that somebody put on a retry topic: where else an open record of its key holds it up. */
  readonly sourceTopic?: string | undefined;
}

type ElsewhereResult =
  /** The position already stood at or past the run's end: somebody else did it, and nothing was changed. */
  | { readonly kind: 'moved-on'; readonly position: number }
  /** The position stands before the run's start: the database was restored or failed over. Nothing was changed; read again from `position`. */
  | { readonly kind: 'behind'; readonly position: number };

export type RunResult =
  /** Effect, emissions, open dead records and position are committed; the position is the run's `nextOffset`. */
  | { readonly kind: 'applied' }
  | ElsewhereResult
  /** Some events have to wait, each for the oldest open record of its key. Nothing was changed: park them, and apply again without them. */
  | { readonly kind: 'parked'; readonly behind: ReadonlyMap<ReceivedEvent, RecordPosition> };

/** One record that was handed back to the group, at `nextOffset - 1` of its retry topic. */
export interface RedrivenRun extends Stretch {
  readonly original: RecordPosition;
  readonly redriveCount: number;
  readonly ordered: boolean;
  readonly sourceTopic: string;
  /** `handle` it; `close` it unhandled; or note that it died again, of `reason`. */
  readonly fate:
    { readonly kind: 'handle' | 'close' } | { readonly kind: 'dead'; readonly reason: DeadLetterReason };
  /** None when it cannot be read; the handler says so then. */
  readonly events: ReceivedEvent[];
}

export type RedrivenResult =
  /** Its fate is committed together with the position: handled or closed, the record is open no longer. */
  | { readonly kind: 'applied' }
  /** Not open, or not since that redrive: somebody else's copy had its effect. Only the position was moved. */
  | { readonly kind: 'duplicate' }
  | ElsewhereResult
  /** An earlier record of its key is open. Nothing was changed: park it again. */
  | { readonly kind: 'parked'; readonly behind: RecordPosition }
  /** Not open, because the group has not come as far as where it was found (again): its database was restored. Nothing was changed. */
  | { readonly kind: 'early'; readonly sourcePosition: number | undefined };

/** What makes a handler's effect, the consumed position and the emitted events one: all are kept or none is. */
export interface EffectStore {
  /** Every partition of the topics that the group has handled anything of. @throws TransientError */
  readPositions(group: string, topics: readonly string[]): Promise<StoredPosition[]>;
  /** Notes the topic's id with those of its partitions that have a position and no id yet. @throws TransientError */
  noteTopicId(group: string, topic: string, partitions: readonly number[], topicId: string): Promise<void>;
  /** Applies one run, in the same transaction as others perhaps. @throws TransientError when the store is away; whatever `handle` throws, after rolling back */
  apply(run: Run, handle: HandleEvents): Promise<RunResult>;
  /** Applies one record that was handed back: only while it is open, and once. @throws as `apply` */
  applyRedriven(run: RedrivenRun, handle: HandleEvents): Promise<RedrivenResult>;
}

/** Injection token of the service's EffectStore; libs/transactional provides it. */
export const EFFECT_STORE = Symbol.for('orderstream.effect-store');
