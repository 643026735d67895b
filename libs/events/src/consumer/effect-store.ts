import type { ReceivedEvent } from '../envelope.ts';
import type { Emission } from '../event.ts';

/** A handler's work on some events of one partition, in partition order. `tx` is the transaction its effect must use. */
export type HandleEvents = (events: ReceivedEvent[], tx: unknown) => Promise<readonly Emission[] | void>;

/** Consecutive records of one partition: from `firstOffset` (inclusive) to `nextOffset` (exclusive). Events between are those to handle. */
export interface Run {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
  /** In offset order; records that were skipped or dead-lettered are not among them. May be empty. */
  readonly events: ReceivedEvent[];
  /** Set when the handler has no natural key: events whose id was handled before are left out. */
  readonly dedupe?: 'event-id' | undefined;
}

export type RunResult =
  /** Effect, emissions and position are committed; the position is the run's `nextOffset`. */
  | { readonly kind: 'applied' }
  /** The position already stood at or past the run's end: somebody else did it, and nothing was changed. */
  | { readonly kind: 'moved-on'; readonly position: number }
  /** The position stands before the run's start: the database was restored or failed over. Nothing was changed; read again from `position`. */
  | { readonly kind: 'behind'; readonly position: number };

/** What makes a handler's effect, the consumed position and the emitted events one: all are kept or none is. */
export interface EffectStore {
  /** The stored next offset; undefined when this group never handled the partition. @throws TransientError */
  readPosition(group: string, topic: string, partition: number): Promise<number | undefined>;
  /** Applies one run. @throws TransientError when the store is away; whatever `handle` throws, after rolling back */
  apply(run: Run, handle: HandleEvents): Promise<RunResult>;
}

/** Injection token of the service's EffectStore; libs/transactional provides it. */
export const EFFECT_STORE = Symbol.for('orderstream.effect-store');
