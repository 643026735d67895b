import type { KafkaMessage } from 'kafkajs';
import { parkedVerdict, unreadableVerdict, verdictOf } from '../dead-letter/headers.ts';
import type { DeadLetterPublisher, DeadRecord } from '../dead-letter/publisher.ts';
import { offsetOf, type ReceivedEvent } from '../envelope.ts';
import { PermanentError, TransientError } from '../errors.ts';
import type { RecordPosition } from '../producer/lane.ts';
import { decode } from './decode.ts';
import type { DeadRecordRow, EffectStore } from './effect-store.ts';
import { isPermanent, reasonOf } from './hopeless.ts';
import { reportSlice } from './slice-report.ts';
import { isRetry, type Subscription } from './subscription.ts';

/** How far a slice got, and what the partition does next. */
export type SliceOutcome =
  /** Every record up to `position` is handled, dead-lettered or skipped on purpose. */
  | { readonly kind: 'done'; readonly position: number }
  /** Something the records need is away. Up to `position` all is done; the rest is tried again after a pause. */
  | { readonly kind: 'blocked'; readonly position: number; readonly error: unknown }
  /** The store says another position: read on from there. */
  | { readonly kind: 'moved'; readonly position: number };

export interface SliceContext {
  readonly subscription: Subscription;
  readonly partition: number;
  readonly topicId?: string | undefined;
  /** Records below this offset were handled before, by a database that is gone. */
  readonly handledUpTo?: number | undefined;
  readonly store: EffectStore;
  readonly deadLetters: DeadLetterPublisher;
  /**
   * By offset, what is already acknowledged as a dead letter: a slice that is tried again neither writes it twice nor handles the
   * record, and notes it as open with its position.
   */
  readonly deadLettered: Map<number, DeadRecordRow>;
  /** True once the partition is to be given up: a slice that is being narrowed ends where it is. */
  readonly shouldStop?: () => boolean;
  /** Waits between two attempts at one record. @throws TransientError when the consumer stops */
  readonly backOff: (attempt: number) => Promise<void>;
}

/**
 * Brings consecutive records of one partition behind us: decode, give up what cannot be read, park what has to wait for an earlier
 * record of its key, apply the rest. `firstOffset` is where the group stands, at or before the first record.
 */
export async function processSlice(
  context: SliceContext,
  messages: readonly KafkaMessage[],
  firstOffset: number,
): Promise<SliceOutcome> {
  const { subscription } = context;
  const records = messages.map((message) => ({
    message,
    decoded: decode(message, subscription, context.handledUpTo),
  }));
  const slice = new Slice(context, messages);
  const events: ReceivedEvent[] = [];
  const unreadable: DeadRecord[] = [];
  for (const { message, decoded } of records) {
    if (decoded.kind === 'event') events.push(decoded.event);
    if (decoded.kind === 'dead') unreadable.push({ message, verdict: unreadableVerdict(decoded) });
  }
  try {
    await slice.giveUp(unreadable);
  } catch (error) {
    return { kind: 'blocked', position: firstOffset, error };
  }
  const nextOffset = Number((messages.at(-1) as KafkaMessage).offset) + 1;
  const outcome = await slice.apply(events, firstOffset, nextOffset);
  if (outcome.kind !== 'moved') reportSlice(subscription, records, outcome.position, context.deadLettered);
  return outcome;
}

/** One slice's way through the store, narrowing what fails down to the failing record. */
class Slice {
  readonly #context: SliceContext;
  readonly #messages: ReadonlyMap<number, KafkaMessage>;

  constructor(context: SliceContext, messages: readonly KafkaMessage[]) {
    this.#context = context;
    this.#messages = new Map(messages.map((message) => [Number(message.offset), message]));
  }

  async giveUp(records: readonly DeadRecord[]): Promise<void> {
    const { subscription, partition, deadLetters, deadLettered } = this.#context;
    const open = records.filter(({ message }) => !deadLettered.has(Number(message.offset)));
    if (open.length === 0) return;
    const at = { group: subscription.group, topic: subscription.topic, partition };
    await deadLetters.publish(subscription.source.name, at, open, ({ message, verdict }) => {
      const offset = Number(message.offset);
      deadLettered.set(offset, { offset, key: message.key, reason: verdict.reason });
    });
  }

  async apply(events: ReceivedEvent[], firstOffset: number, nextOffset: number): Promise<SliceOutcome> {
    try {
      return await this.#applyRun(events, firstOffset, nextOffset);
    } catch (error) {
      if (error instanceof TransientError) return { kind: 'blocked', position: firstOffset, error };
      const open = this.#open(events);
      const named = error instanceof PermanentError && open.find((event) => event === error.event);
      if (named) return this.#applyWithout(named, error, events, firstOffset, nextOffset);
      const [only, ...others] = open;
      if (only === undefined) return { kind: 'blocked', position: firstOffset, error };
      if (others.length === 0) return this.#applyAlone(only, firstOffset, nextOffset, error);
      return this.#applyHalves(open, firstOffset, nextOffset);
    }
  }

  /** The handler has said which record it is: no need to search, and the others stay one transaction. */
  async #applyWithout(
    event: ReceivedEvent,
    error: unknown,
    events: ReceivedEvent[],
    firstOffset: number,
    nextOffset: number,
  ): Promise<SliceOutcome> {
    const message = this.#messages.get(offsetOf(event)) as KafkaMessage;
    try {
      await this.giveUp([{ message, verdict: verdictOf(error, reasonOf(error), 1) }]);
    } catch (blocked) {
      return { kind: 'blocked', position: firstOffset, error: blocked };
    }
    return this.apply(events, firstOffset, nextOffset);
  }

  /** The good half commits; the bad one is halved again: O(log n) tries find the failing record. */
  async #applyHalves(
    events: ReceivedEvent[],
    firstOffset: number,
    nextOffset: number,
  ): Promise<SliceOutcome> {
    const middle = Math.ceil(events.length / 2);
    const boundary = offsetOf(events[middle] as ReceivedEvent);
    const left = await this.apply(events.slice(0, middle), firstOffset, boundary);
    // The group waits for this member while it rebalances, and a slice of many bad records takes many tries.
    if (left.kind !== 'done' || left.position < boundary || this.#context.shouldStop?.()) return left;
    return this.apply(events.slice(middle), boundary, nextOffset);
  }

  /** The one record that fails: tried again when that may help, then given up. */
  async #applyAlone(
    event: ReceivedEvent,
    firstOffset: number,
    nextOffset: number,
    firstError: unknown,
  ): Promise<SliceOutcome> {
    const { maxAttempts } = this.#context.subscription;
    let error = firstError;
    let attempts = 1;
    for (; !isPermanent(error) && attempts < maxAttempts; attempts += 1) {
      try {
        await this.#context.backOff(attempts);
        return await this.#applyRun([event], firstOffset, nextOffset);
      } catch (again) {
        if (again instanceof TransientError) return { kind: 'blocked', position: firstOffset, error: again };
        error = again;
      }
    }
    const message = this.#messages.get(offsetOf(event)) as KafkaMessage;
    const verdict = verdictOf(error, reasonOf(error), attempts);
    try {
      await this.giveUp([{ message, verdict }]);
      return await this.#applyRun([], firstOffset, nextOffset);
    } catch (blocked) {
      return { kind: 'blocked', position: firstOffset, error: blocked };
    }
  }

  /** Until no event of the run has to wait for an earlier record of its key: which those are, only the store knows. */
  async #applyRun(events: ReceivedEvent[], firstOffset: number, nextOffset: number): Promise<SliceOutcome> {
    const { subscription, partition, topicId, store, shouldStop } = this.#context;
    const { group, topic, source, dedupe, handle } = subscription;
    for (;;) {
      const run = {
        ...{ group, topic, partition, firstOffset, nextOffset, dedupe, topicId },
        events: this.#open(events),
        dead: this.#deadIn(firstOffset, nextOffset),
        ordered: source.ordered,
        sourceTopic: isRetry(subscription) ? source.name : undefined,
        shouldStop,
      };
      const result = await store.apply(run, handle);
      if (result.kind === 'applied') return { kind: 'done', position: nextOffset };
      if (result.kind !== 'parked') return { kind: 'moved', position: result.position };
      try {
        await this.#park(result.behind);
      } catch (error) {
        return { kind: 'blocked', position: firstOffset, error };
      }
    }
  }

  #park(behind: ReadonlyMap<ReceivedEvent, RecordPosition>): Promise<void> {
    return this.giveUp(
      [...behind].map(([event, position]) => ({
        message: this.#messages.get(offsetOf(event)) as KafkaMessage,
        verdict: parkedVerdict(position),
      })),
    );
  }

  /** What is not a dead letter yet. */
  #open(events: ReceivedEvent[]): ReceivedEvent[] {
    const { deadLettered } = this.#context;
    return deadLettered.size === 0 ? events : events.filter((event) => !deadLettered.has(offsetOf(event)));
  }

  #deadIn(firstOffset: number, nextOffset: number): DeadRecordRow[] {
    const dead = [...this.#context.deadLettered.values()];
    return dead.filter(({ offset }) => offset >= firstOffset && offset < nextOffset);
  }
}
