import type { KafkaMessage } from 'kafkajs';
import { verdictOf } from '../dead-letter/headers.ts';
import type { DeadLetterPublisher, DeadRecord } from '../dead-letter/publisher.ts';
import type { DeadLetterReason } from '../dead-letter/reason.ts';
import { offsetOf, type ReceivedEvent } from '../envelope.ts';
import { PermanentError, TransientError } from '../errors.ts';
import { decode } from './decode.ts';
import type { EffectStore } from './effect-store.ts';
import { reportSlice } from './slice-report.ts';
import type { Subscription } from './subscription.ts';

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
  readonly store: EffectStore;
  readonly deadLetters: DeadLetterPublisher;
  /** Offsets whose dead letter is already acknowledged: a slice that is tried again neither writes it twice nor handles the record. */
  readonly deadLettered: Set<number>;
  /** Waits between two attempts at one record. @throws TransientError when the consumer stops */
  readonly backOff: (attempt: number) => Promise<void>;
}

/**
 * Brings consecutive records of one partition behind us: decode, give up what cannot be read, apply the rest. `firstOffset` is
 * where the group stands, at or before the first record.
 */
export async function processSlice(
  context: SliceContext,
  messages: readonly KafkaMessage[],
  firstOffset: number,
): Promise<SliceOutcome> {
  const { subscription } = context;
  const records = messages.map((message) => ({ message, decoded: decode(message, subscription) }));
  const slice = new Slice(context, messages);
  const events: ReceivedEvent[] = [];
  const unreadable: DeadRecord[] = [];
  for (const { message, decoded } of records) {
    if (decoded.kind === 'event') {
      if (context.deadLettered.has(Number(message.offset))) slice.givenUp.add(decoded.event);
      else events.push(decoded.event);
    }
    if (decoded.kind === 'dead') {
      const { reason, detail } = decoded;
      const verdict = {
        reason,
        errorClass: 'UnreadableRecord',
        message: detail,
        stack: undefined,
        attempts: 1,
      };
      unreadable.push({ message, verdict });
    }
  }
  try {
    await slice.giveUp(unreadable);
  } catch (error) {
    return { kind: 'blocked', position: firstOffset, error };
  }
  const nextOffset = Number((messages.at(-1) as KafkaMessage).offset) + 1;
  const outcome = await slice.apply(events, firstOffset, nextOffset);
  if (outcome.kind !== 'moved') reportSlice(subscription, records, outcome.position, slice.givenUp);
  return outcome;
}

/** One slice's way through the store, narrowing what fails down to the failing record. */
class Slice {
  readonly #context: SliceContext;
  readonly #messages: ReadonlyMap<number, KafkaMessage>;
  /** The events that the handler could not process. */
  readonly givenUp = new Set<ReceivedEvent>();

  constructor(context: SliceContext, messages: readonly KafkaMessage[]) {
    this.#context = context;
    this.#messages = new Map(messages.map((message) => [Number(message.offset), message]));
  }

  async giveUp(records: readonly DeadRecord[]): Promise<void> {
    const { subscription, partition, deadLetters, deadLettered } = this.#context;
    const open = records.filter(({ message }) => !deadLettered.has(Number(message.offset)));
    if (open.length === 0) return;
    const at = { group: subscription.group, topic: subscription.topic, partition };
    await deadLetters.publish(subscription.source.name, at, open, ({ message }) => {
      deadLettered.add(Number(message.offset));
    });
  }

  async apply(events: ReceivedEvent[], firstOffset: number, nextOffset: number): Promise<SliceOutcome> {
    try {
      return await this.#applyRun(events, firstOffset, nextOffset);
    } catch (error) {
      if (error instanceof TransientError) return { kind: 'blocked', position: firstOffset, error };
      const [only, ...others] = events;
      if (only === undefined) return { kind: 'blocked', position: firstOffset, error };
      if (others.length === 0) return this.#applyAlone(only, firstOffset, nextOffset, error);
      return this.#applyHalves(events, firstOffset, nextOffset);
    }
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
    return left.kind === 'done' ? this.apply(events.slice(middle), boundary, nextOffset) : left;
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
      const outcome = await this.#applyRun([], firstOffset, nextOffset);
      if (outcome.kind === 'done') this.givenUp.add(event);
      return outcome;
    } catch (blocked) {
      return { kind: 'blocked', position: firstOffset, error: blocked };
    }
  }

  async #applyRun(events: ReceivedEvent[], firstOffset: number, nextOffset: number): Promise<SliceOutcome> {
    const { subscription, partition, store } = this.#context;
    const { group, topic, dedupe, handle } = subscription;
    const result = await store.apply(
      { group, topic, partition, firstOffset, nextOffset, events, dedupe },
      handle,
    );
    return result.kind === 'applied'
      ? { kind: 'done', position: nextOffset }
      : { kind: 'moved', position: result.position };
  }
}

/** Programmer errors: the same code will fail the same way. */
const HOPELESS = [TypeError, RangeError, ReferenceError, SyntaxError];

function isPermanent(error: unknown): boolean {
  if (error instanceof PermanentError) return true;
  // One with a cause only passes on what went wrong elsewhere: `fetch` throws a TypeError when the network is away.
  return (
    error instanceof Error && error.cause === undefined && HOPELESS.some((type) => error instanceof type)
  );
}

function reasonOf(error: unknown): DeadLetterReason {
  if (error instanceof PermanentError && error.code === 'conflict') return 'conflict';
  return isPermanent(error) ? 'permanent' : 'retries-exhausted';
}
