import type { KafkaMessage } from 'kafkajs';
import { processSlice, type SliceContext } from '../../src/consumer/process-slice.ts';
import {
  offsetOf,
  PermanentError,
  TransientError,
  type HandleEvents,
  type ReceivedEvent,
} from '../../src/index.ts';
import { DeadLetterBox } from './dead-letter-box.ts';
import { workerSubscription } from './decoding.ts';
import { MemoryStore } from './memory-store.ts';
import { orderRecord } from './records.ts';

/** One slice of partition 2 of `orders`, for a handler of the group `worker`. */
export function sliceSetUp(handle: HandleEvents = async () => undefined) {
  const calls: number[][] = [];
  const waits: number[] = [];
  const store = new MemoryStore();
  const box = new DeadLetterBox();
  const subscription = workerSubscription(
    async (events, tx) => {
      calls.push(events.map(offsetOf));
      return handle(events, tx);
    },
    { maxAttempts: 3 },
  );
  const context: SliceContext = {
    subscription,
    partition: 2,
    store,
    deadLetters: box.publisher,
    deadLettered: new Map(),
    backOff: async (attempt) => void waits.push(attempt),
  };
  const run = (messages: readonly KafkaMessage[], firstOffset = Number(messages[0]?.offset)) =>
    processSlice(context, messages, firstOffset);
  const effects = (): number[] => store.effects.map(offsetOf);
  return { calls, waits, store, box, context, run, effects };
}

/** Fails whenever one of these offsets is among the events. */
export function failingAt(offsets: readonly number[], error: () => unknown): HandleEvents {
  return async (events: ReceivedEvent[]) => {
    if (events.some((event) => offsets.includes(offsetOf(event)))) throw error();
  };
}

/** So many records, one after the other. */
export function orders(count: number, first = 0): KafkaMessage[] {
  return Array.from({ length: count }, (_, index) => orderRecord(first + index));
}

/** `from` (inclusive) to `to` (exclusive). */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

export const permanent = (): Error => new PermanentError('no_such_product', 'no such product');
export const transient = (): Error => new TransientError('database-away', 'the database is away');
