import type { Message } from 'kafkajs';
import type { LogSink } from '../kafka/log.ts';
import { OutcomeUnknownError, RecordRefusedError } from './errors.ts';
import { notInTime, type SendFate } from './send-failure.ts';

/** Where a record was appended. */
export interface RecordPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record whose sender waits for the broker's acknowledgement. */
export interface Waiting {
  readonly message: Message;
  readonly bytes: number;
  readonly deadlineMs: number;
  /** Set once an attempt may have put it into the topic. */
  maybeSent: boolean;
  settled: boolean;
  settle(outcome: RecordPosition | Error): void;
}

export type SendAttempt =
  | { readonly ok: true; readonly baseOffset: number }
  | { readonly ok: false; readonly fate: SendFate; readonly error: unknown };

/** Who leads a partition, or what stands against finding out. Nothing of a record has left meanwhile. */
export type LeaderSearch =
  | {
      readonly ok: true;
      /** One request to the leader; never rejects. It may leave from the call on. */
      readonly attempt: (messages: Message[], bytes: number) => Promise<SendAttempt>;
    }
  | { readonly ok: false; readonly error: unknown };

export interface LaneOptions {
  readonly topic: string;
  readonly partition: number;
  /** Never rejects. */
  readonly findLeader: () => Promise<LeaderSearch>;
  readonly log: LogSink;
  /** Unix ms. */
  readonly now: () => number;
}

/** Half of Kafka's default `max.message.bytes`: a batch of these always passes, and one request blocks the loop for a few ms at most. */
const MAX_BATCH_BYTES = 512 * 1024;
const MAX_BATCH_RECORDS = 500;
const MIN_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 1_000;

/**
 * The queue of one partition. One request is under way at a time; everything that arrives meanwhile goes into the next one, so the
 * batch grows with the load and an idle partition adds no wait. Records leave in the order they came, also over failed attempts.
 */
export class PartitionLane {
  readonly #options: LaneOptions;
  #queue: Waiting[] = [];
  #inFlight: Waiting[] = [];
  #draining = false;
  /** Why the last attempt failed; undefined after one that did not. */
  #error: unknown;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    if (this.#draining) return;
    this.#draining = true;
    // After this turn of the event loop: requests that arrived together travel together.
    setImmediate(() => void this.#drain());
  }

  /** Settles what waited past its deadline. All records of a producer have the same patience, so the oldest are in front. */
  expire(nowMs: number): void {
    for (const waiting of this.#inFlight) {
      if (waiting.deadlineMs <= nowMs) waiting.settle(notConfirmed(this.#error));
    }
    let expired = 0;
    for (const waiting of this.#queue) {
      if (waiting.deadlineMs > nowMs) break;
      expired += 1;
      waiting.settle(
        waiting.maybeSent ? notConfirmed(this.#error) : notInTime(this.#options.topic, this.#error),
      );
    }
    if (expired > 0) this.#queue = this.#queue.slice(expired);
  }

  async #drain(): Promise<void> {
    let failures = 0;
    let failedBatches = 0;
    while (this.#queue.length > 0) {
      // They stay in the queue meanwhile: who gives up before a leader is found was surely not sent, and is not any more.
      const leader = await this.#options.findLeader();
      if (!leader.ok) {
        failures += 1;
        await this.#backOff(failures, leader.error);
        continue;
      }
      // Nobody waits for these any more: sent again, they would hold up those behind them for as long as an answer may take.
      this.expire(this.#options.now());
      const batch = this.#take(Math.max(1, MAX_BATCH_RECORDS >> Math.min(failedBatches, 9)));
      // All of them may have given up meanwhile.
      if (batch.length === 0) break;
      this.#inFlight = batch;
      const outcome = await leader.attempt(
        batch.map(({ message }) => message),
        batch.reduce((sum, { bytes }) => sum + bytes, 0),
      );
      this.#inFlight = [];
      if (outcome.ok) {
        failures = failedBatches = 0;
        this.#error = undefined;
        this.#settleAll(batch, outcome.baseOffset);
        continue;
      }
      if (outcome.fate === 'refused' && batch.length === 1) {
        for (const waiting of batch) waiting.settle(refused(waiting, outcome.error));
        failures = failedBatches = 0;
        continue;
      }
      failures += 1;
      failedBatches += 1;
      this.#putBack(batch, outcome.fate);
      if (outcome.fate !== 'refused') await this.#backOff(failures, outcome.error);
    }
    this.#draining = false;
  }

  #take(maxRecords: number): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      if (count === maxRecords || (count > 0 && bytes + waiting.bytes > MAX_BATCH_BYTES)) break;
      bytes += waiting.bytes;
      count += 1;
    }
    const batch = this.#queue.slice(0, count);
    this.#queue = count === this.#queue.length ? [] : this.#queue.slice(count);
    return batch;
  }

  #settleAll(batch: Waiting[], baseOffset: number): void {
    const { topic, partition } = this.#options;
    batch.forEach((waiting, index) => waiting.settle({ topic, partition, offset: baseOffset + index }));
  }

  #putBack(batch: Waiting[], fate: SendFate): void {
    const open = batch.filter((waiting) => !waiting.settled);
    if (fate === 'unknown') for (const waiting of open) waiting.maybeSent = true;
    this.#queue = [...open, ...this.#queue];
  }

  async #backOff(failures: number, error: unknown): Promise<void> {
    this.#error = error;
    const capMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(failures, 10));
    const waitMs = capMs / 2 + (Math.random() * capMs) / 2;
    this.#options.log({
      level: 'debug',
      message: 'a batch could not be sent, trying again',
      detail: {
        topic: this.#options.topic,
        partition: this.#options.partition,
        failures,
        error: error instanceof Error ? error.name : typeof error,
      },
    });
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/** A refusal says nothing of an earlier attempt: what is allowed may have changed since. */
function refused({ maybeSent }: Waiting, cause: unknown): Error {
  return maybeSent ? notConfirmed(cause) : new RecordRefusedError('Kafka refuses the record', { cause });
}

function notConfirmed(cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError('Kafka did not confirm the record in time', { cause });
}
