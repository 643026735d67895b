import type { KafkaMessage } from 'kafkajs';
import type { DeadLetterPublisher } from '../dead-letter/publisher.ts';
import { TransientError } from '../errors.ts';
import type { LogSink } from '../kafka/log.ts';
import { consumerLagRecords } from '../metrics.ts';
import type { PartitionLog } from '../kafka/read-logs.ts';
import { backOffMs } from './back-off.ts';
import type { DeadRecordRow, EffectStore, StoredPosition } from './effect-store.ts';
import { errorName } from './error-name.ts';
import type { BatchOutcome, FetchedBatch, Halted } from './fetched-batch.ts';
import { processRedriven } from './process-redriven.ts';
import { processSlice, type SliceContext, type SliceOutcome } from './process-slice.ts';
import { slicesOf } from './slices.ts';
import { Standstill, type Blocked } from './standstill.ts';
import { startingPoint } from './starting-point.ts';
import { isRetry, type Subscription } from './subscription.ts';

export interface WorkerOptions {
  readonly subscription: Subscription;
  readonly partition: number;
  readonly store: EffectStore;
  readonly deadLetters: DeadLetterPublisher;
  readonly log: LogSink;
  /** Waits. @throws TransientError when the consumer stops meanwhile */
  readonly wait: (ms: number) => Promise<void>;
}

/** Longer than a fetch that was under way. */
const FRESH_MS = 2_000;

/**
 * One partition, for as long as this member owns it. Knows where the store says the group stands, which is the truth: Kafka's
 * committed offset may be ahead of a restored database or behind a crash.
 */
export class PartitionWorker {
  readonly #options: WorkerOptions;
  readonly #deadLettered = new Map<number, DeadRecordRow>();
  /** Undefined until the worker was told, and while it is halted. */
  #position: number | undefined;
  #topicId: string | undefined;
  #handledUpTo = 0;
  #startedAtMs = 0;
  #isHalted = false;
  #isWorking = false;
  #isDoubted = false;
  #soughtTo: number | undefined;
  /** Where the last batch ended; past the position when it ended in control records, which the store never hears of. */
  #readTo: number | undefined;
  readonly #standstill = new Standstill();

  /** What the store is known to say; undefined while it has no row. */
  stored: number | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  get topic(): string {
    return this.#options.subscription.topic;
  }

  get partition(): number {
    return this.#options.partition;
  }

  /** As in health and in log bounds: `topic/partition`. */
  get name(): string {
    return `${this.topic}/${this.partition}`;
  }

  /** True once it knows where the group stands: nothing is handled before. */
  get isStarted(): boolean {
    return this.#position !== undefined;
  }

  /** True when nothing can be done without an operator. */
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** True while a batch is in its hands. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  /** Which topic it is that it reads, where the brokers say so. */
  get topicId(): string | undefined {
    return this.#topicId;
  }

  /** Why the partition does not move at present; undefined while it does. */
  get blocked(): Blocked | undefined {
    return this.#standstill.blocked;
  }

  /**
   * Records below this offset were handled before, whatever the store says: it is behind. Kafka's committed offset must not be set back
   * below it. 0 where the handler does not ask.
   */
  get handledUpTo(): number {
    return this.#handledUpTo;
  }

  /**
   * Tells the worker where the group stands: `offset`, which the store said or, where it has no row, the log's beginning.
   * @param committed Kafka's committed offset of the group
   */
  startAt(
    offset: number,
    stored: StoredPosition | undefined,
    log: PartitionLog,
    committed: number | undefined = 0,
  ): void {
    // Of a topic that was deleted and made anew nothing was handled before, whatever the old one's offsets were.
    const isOtherLog =
      this.#topicId !== undefined && log.topicId !== undefined && log.topicId !== this.#topicId;
    if (isOtherLog) this.#handledUpTo = 0;
    // Kafka hears of a position a moment later: what this worker knows itself may be more.
    else this.#noteHandled(Math.min(log.end, Math.max(committed, this.#position ?? 0)));
    this.#position = offset;
    this.#topicId = log.topicId;
    this.#startedAtMs = Date.now();
    this.#readTo = undefined;
    this.#soughtTo = undefined;
    this.#isHalted = false;
    this.#isDoubted = false;
    this.stored = stored?.nextOffset;
    this.#standstill.over();
    this.#observeLag(log.end);
  }

  /** The log may be another one than it was: no further slice is handled before position and log have been compared. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /** Tells the worker that nobody knows yet where the group stands. */
  waitsFor(error: unknown): void {
    this.#standstill.goesOn(errorName(error));
  }

  /** Brings as much of the batch behind us as it can, once the worker is started. Never rejects. */
  async process(batch: FetchedBatch): Promise<BatchOutcome> {
    this.#isWorking = true;
    try {
      const start = await this.#start(batch);
      const outcome = typeof start === 'number' ? await this.#processFrom(start, batch) : start;
      this.#observeLag(batch.logEndOffset);
      if (outcome.kind === 'done' || outcome.kind === 'seek') this.#standstill.over();
      return outcome;
    } catch (error) {
      return this.#block(this.#position ?? Number(batch.messages[0]?.offset ?? 0), error);
    } finally {
      this.#standstill.sliceEnds();
      this.#isWorking = false;
    }
  }

  /** The partition is another member's now; what was said of it here is no longer so. */
  retire(): void {
    consumerLagRecords.remove(this.#labels);
  }

  /** Where in this batch to begin; or what to do instead, when batch and store do not meet. */
  async #start(batch: FetchedBatch): Promise<number | BatchOutcome> {
    const first = Number(batch.messages[0]?.offset ?? batch.endOffset);
    const position = this.#position;
    if (position === undefined)
      throw new TransientError('not-started', 'nobody knows where the group stands');
    // Beyond the end: or the batch is older than the position, since another member went on while this one waited.
    // Before what was read: Kafka has gone back by itself, as it does when the log is another one.
    if (this.#isDoubted || position > batch.logEndOffset || (first < position && !this.#isFresh)) {
      const halted = await this.#haltedBy(position, batch);
      if (halted) return halted;
      this.#isDoubted = false;
    }
    if (position >= batch.endOffset)
      return { kind: position === batch.endOffset ? 'done' : 'seek', position };
    if (first <= position || first === this.#readTo) return position;
    // The log has no record at the position although we asked for it: harmless after compaction, a loss after retention.
    if (this.#soughtTo === position) return (await this.#haltedBy(position, batch)) ?? position;
    this.#soughtTo = position;
    return { kind: 'seek', position };
  }

  /** True while the first batch may have been fetched before the worker was told where the group stands. */
  get #isFresh(): boolean {
    return this.#readTo === undefined && Date.now() - this.#startedAtMs < FRESH_MS;
  }

  /** Compares position and log anew. */
  async #haltedBy(position: number, batch: FetchedBatch): Promise<BatchOutcome | undefined> {
    const { topic, partition } = this;
    const point = startingPoint(
      { topic, partition, nextOffset: position, topicId: this.#topicId },
      await batch.log(),
    );
    return point.kind === 'halted' ? this.halt(point) : undefined;
  }

  async #processFrom(start: number, batch: FetchedBatch): Promise<BatchOutcome> {
    let position = start;
    const isRedriven = isRetry(this.#options.subscription);
    for (const slice of slicesOf(batch.messages, start, isRedriven ? 1 : undefined)) {
      if (batch.shouldStop() || this.#isDoubted) return { kind: 'done', position };
      this.#standstill.sliceBegins();
      const context = this.#sliceContext(batch);
      const outcome = isRedriven
        ? await processRedriven(context, slice[0] as KafkaMessage, position)
        : await processSlice(context, slice, position);
      if (outcome.kind !== 'done') return this.#interrupted(outcome);
      position = outcome.position;
      this.#advanced(position);
      // Given up in the middle of the slice.
      if (position <= Number(slice.at(-1)?.offset)) return { kind: 'done', position };
    }
    this.#readTo = batch.endOffset;
    return { kind: 'done', position: batch.endOffset };
  }

  #interrupted(outcome: Exclude<SliceOutcome, { kind: 'done' }>): BatchOutcome {
    this.#readTo = undefined;
    if (outcome.kind === 'moved' && this.#position !== undefined) this.#noteHandled(this.#position);
    if (outcome.kind === 'blocked') return this.#block(outcome.position, outcome.error);
    this.#position = outcome.position;
    this.stored = outcome.position;
    return { kind: 'seek', position: outcome.position };
  }

  #advanced(position: number): void {
    this.#position = position;
    this.stored = position;
    this.#soughtTo = undefined;
    this.#deadLettered.clear();
    this.#standstill.over();
  }

  #noteHandled(upTo: number): void {
    if (this.#options.subscription.marksHandledBefore) this.#handledUpTo = Math.max(this.#handledUpTo, upTo);
  }

  #block(position: number, error: unknown): BatchOutcome {
    const { subscription, partition, log } = this.#options;
    if (this.isStarted && this.#position !== position) this.stored = this.#position = position;
    // Given up before it began: that is no failure.
    if (error instanceof TransientError && error.code === 'stopping')
      return { kind: 'blocked', position, pauseMs: backOffMs(1) };
    const failed = this.#standstill.failed(error);
    log({
      level: failed.failures === 1 ? 'warn' : 'debug',
      message: 'partition paused, the same records are tried again',
      detail: { topic: subscription.topic, partition, position, ...failed },
    });
    return { kind: 'blocked', position, pauseMs: failed.pauseMs };
  }

  /** Stops the partition until somebody has decided something and the watch has found out. */
  halt(halted: Halted): BatchOutcome {
    const { why } = halted;
    const { subscription, partition, log } = this.#options;
    const isNews = this.#standstill.halts(why);
    this.#position = undefined;
    this.#isHalted = true;
    this.#deadLettered.clear();
    log({
      level: isNews ? 'error' : 'debug',
      message: `partition stopped: ${why}`,
      detail: { topic: subscription.topic, partition },
    });
    return halted;
  }

  #observeLag(logEndOffset: number): void {
    const lag = Math.max(0, logEndOffset - Math.max(this.#position ?? 0, this.#readTo ?? 0));
    consumerLagRecords.set(this.#labels, lag);
  }

  get #labels() {
    const { subscription, partition } = this.#options;
    return { group: subscription.group, topic: subscription.topic, partition };
  }

  #sliceContext(batch: FetchedBatch): SliceContext {
    const { subscription, partition, store, deadLetters, wait } = this.#options;
    // The whole group waits for this batch while it rebalances: one bad record must not hold it up.
    const backOff = async (attempt: number): Promise<void> => {
      if (!batch.shouldStop()) await wait(backOffMs(attempt));
      if (batch.shouldStop()) throw new TransientError('stopping', 'the partition is given up');
    };
    const deadLettered = this.#deadLettered;
    const { shouldStop } = batch;
    const handledUpTo = this.#handledUpTo;
    return {
      ...{ subscription, partition, topicId: this.#topicId, handledUpTo, store, deadLetters, deadLettered },
      shouldStop,
      backOff,
    };
  }
}
