import {
  RecordRefusedError,
  type EventProducer,
  type LogSink,
  type OutgoingRecord,
} from '@orderstream/events';
import { rootMessage } from '../database/query-error.ts';
import type { Queryable } from '../database/transaction.ts';
import { AcknowledgedRows } from './acknowledged-rows.ts';
import { LowWatermark } from './low-watermark.ts';
import { outboxPublishedTotal } from './metrics.ts';
import { removeAcknowledged, takeRows, takeSnapshot, type Progress } from './outbox-table.ts';
import { pauseMs, type Pace } from './pace.ts';
import { Pass } from './pass.ts';
import type { StuckPartitions } from './stuck-partitions.ts';
import { Trial } from './trial.ts';

/** A look at the table without having been woken: finds what an instance left behind that died after its commit. */
const POLL_MS = 1_000;

/**
 * Empties the outbox into Kafka: read, send, remove what was acknowledged; again and again. What cannot go holds up nobody else: rows that
 * somebody's lock keeps in the table, and records of a partition that takes none, are passed over. After a pause that grows each time the
 * next pass begins with the oldest row. A partition that is stuck stays so until a trial of its oldest records, beside everything else,
 * says that it is not, and the pass after that: its later records never go before the earlier ones.
 */
export class OutboxPublisher {
  readonly #producer: EventProducer;
  readonly #pace: Pace;
  readonly #log: LogSink;
  readonly #stuck: StuckPartitions;
  readonly #acknowledged = new AcknowledgedRows();
  #mark = new LowWatermark(0);
  #pass = new Pass(0);
  /** How many passes in a row had to pass over something. */
  #hinderedPasses = 0;
  /** What the pass gathers for the next trial; undefined while there is one under way, whose rows are not to be sent again. */
  #next: Trial | undefined;
  #trial: Promise<readonly Progress[]> | undefined;
  /** The rows of the trial under way, by id. */
  #onTrial: ReadonlySet<string> = new Set();
  /** The partitions that the last trial found well; those of a pass that is under way stay stuck until its end. */
  #released: readonly string[] = [];
  #failingSinceMs: number | undefined;
  readonly #said = new Set<string>();

  constructor(producer: EventProducer, pace: Pace, log: LogSink, stuck: StuckPartitions) {
    this.#producer = producer;
    this.#pace = pace;
    this.#log = log;
    this.#stuck = stuck;
  }

  /** Since when not everything could be published, Unix ms; undefined while all is well. */
  get failingSinceMs(): number | undefined {
    return this.#failingSinceMs;
  }

  /**
   * Returns when a stop was asked for and nothing is left that can be published, or its time is over.
   * @param onRound called whenever the database has done all that a round asks of it
   * @throws TransientError when the database is away
   */
  async publishUntilStopped(db: Queryable, onRound: () => void): Promise<void> {
    this.#begin();
    this.#mark = new LowWatermark(performance.now());
    let done: readonly Progress[] = [];
    let taken = await this.#removeAndTake(db, done);
    for (; !this.#pace.isOver; onRound()) {
      const first = taken.findIndex(({ open }) => this.#going(open).length > 0);
      const idle = first < 0 ? taken : taken.slice(0, first);
      const removable = this.#removableOf(idle, done);
      const isPassing = removable.length === 0 && idle.length > 0 && !this.#pass.isFull;
      if (isPassing) this.#passOver(idle);
      let sent: readonly Progress[] = [];
      if (first >= 0) {
        sent = await this.#publish(taken.slice(first));
        const isAllWell = this.#stuck.isEmpty && sent.every(({ open }) => open.length === 0);
        if (isAllWell && idle.length === 0 && this.#pass.passedOver.size === 0) this.#noteWell();
      } else if (removable.length === 0 && !isPassing) {
        if (this.#pace.isStopping && this.#pass.remainingMs > 0) break;
        this.#noteEnd();
        await this.#rest();
      }
      if (this.#pass.remainingMs <= 0) this.#turnBack();
      done = [...removable, ...sent];
      taken = await this.#removeAndTake(db, done);
    }
    const tried = await this.#trial;
    if (tried !== undefined) await removeAcknowledged(db, tried);
  }

  /** One round trip: the read is answered after the removal. */
  async #removeAndTake(db: Queryable, done: readonly Progress[]): Promise<Progress[]> {
    const { passedOver } = this.#pass;
    const nowMs = performance.now();
    const [removed, snapshot, rows] = await Promise.all([
      removeAcknowledged(db, done),
      this.#mark.asks(nowMs) ? takeSnapshot(db) : undefined,
      takeRows(db, this.#mark.after(nowMs), passedOver),
    ]);
    this.#acknowledged.forget(removed);
    this.#mark.note(rows, passedOver.size, snapshot);
    return this.#acknowledged.progressOf(rows, passedOver);
  }

  #going(open: readonly OutgoingRecord[]): readonly OutgoingRecord[] {
    return this.#stuck.isEmpty ? open : open.filter((record) => !this.#stuck.has(record));
  }

  /** The producer keeps each key's order, and within one call it acknowledges no record after one that failed on the same partition. */
  async #publish(taken: readonly Progress[]): Promise<Progress[]> {
    const going = taken.flatMap(({ open }) => this.#going(open));
    const results = await this.#producer.sendAll(going);
    let index = 0;
    const sent = taken.map(({ row, open }) => ({
      row,
      open: open.filter((record) => this.#stuck.has(record) || results[index++]?.status !== 'fulfilled'),
    }));
    // Before anything else can fail: what is sent is not to be sent by the next session again.
    for (const progress of sent) this.#acknowledged.note(progress);
    const failures = results.flatMap((result, i) =>
      result.status === 'rejected'
        ? [{ record: going[i] as OutgoingRecord, reason: result.reason as unknown }]
        : [],
    );
    const count = results.length - failures.length;
    outboxPublishedTotal.inc(count);
    if (failures[0] === undefined) return sent;
    const stuck = failures.filter(({ reason }) => !(reason instanceof RecordRefusedError));
    for (const { record } of stuck) this.#stuck.add(record);
    this.#warn(failures[0].reason);
    // A record that Kafka refuses for good must not slow the others down: it is tried again with whatever comes next, alone in the next pass.
    if (count === 0 && stuck.length === 0) this.#passOver(sent);
    return sent;
  }

  /**
   * The rows that hold what Kafka has, but for those that could not be removed just now, and those on trial: what was rewritten behind its
   * back would be sent by the trial and once more.
   */
  #removableOf(rows: readonly Progress[], done: readonly Progress[]): Progress[] {
    const removable = rows.filter(
      ({ row, open }) => open.length < row.records.length && !this.#onTrial.has(row.id),
    );
    if (removable.length === 0) return removable;
    const tried = new Set(done.map(({ row }) => row.id));
    return removable.filter(({ row }) => !tried.has(row.id));
  }

  #passOver(rows: readonly Progress[]): void {
    this.#pass.over(rows);
    for (const progress of rows) this.#next?.gather(progress);
  }

  /** Until there may be something to do. A full pass is much to read again: not before the trial that may end the trouble has ended. */
  async #rest(): Promise<void> {
    if (!this.#pass.isFull) return this.#pace.wait(Math.min(POLL_MS, this.#pass.remainingMs));
    await this.#trial;
    await this.#pace.pause(this.#pass.remainingMs);
  }

  /** Has what was passed over looked at again. */
  #turnBack(): void {
    this.#hinderedPasses += 1;
    if (this.#next?.isEmpty === false && !this.#pace.isStopping) {
      this.#onTrial = this.#next.ids;
      this.#trial = this.#try(this.#next);
    }
    this.#begin();
  }

  /** Only here, since the way begins with their oldest rows again, are partitions no longer stuck. */
  #begin(): void {
    this.#stuck.release(this.#released);
    this.#released = [];
    this.#pass = new Pass(pauseMs(this.#hinderedPasses + 1));
    this.#next = this.#trial === undefined ? new Trial(this.#stuck) : undefined;
  }

  /** Never rejects. */
  async #try(trial: Trial): Promise<readonly Progress[]> {
    try {
      const { rows, released, count } = await trial.run(this.#producer);
      for (const progress of rows) this.#acknowledged.note(progress);
      outboxPublishedTotal.inc(count);
      this.#released = released;
      if (rows.length > 0 || released.length > 0) {
        this.#hinderedPasses = 0;
        this.#pass.end();
        this.#pace.ring();
      }
      return rows;
    } catch (error) {
      this.#warn(error);
      return [];
    } finally {
      this.#trial = undefined;
      this.#onTrial = new Set();
    }
  }

  /** The end of the table was reached, or of what may be passed over. */
  #noteEnd(): void {
    if (this.#pass.passedOver.size > 0) {
      this.#failingSinceMs ??= Date.now();
      // Not at first: a row may be held for a moment.
      if (this.#hinderedPasses > 0 && this.#pass.published > 0) {
        const message = 'published rows of the outbox cannot be removed: somebody holds them; trying again';
        this.#say(message, { rows: this.#pass.published });
      }
      return;
    }
    this.#noteWell();
    if (this.#trial === undefined) this.#stuck.release(this.#stuck.names);
  }

  #noteWell(): void {
    this.#failingSinceMs = undefined;
    this.#hinderedPasses = 0;
    this.#said.clear();
  }

  #warn(failure: unknown): void {
    this.#failingSinceMs ??= Date.now();
    const error = rootMessage(failure);
    if (this.#stuck.isEmpty) this.#say('events could not be published; trying again', { error });
    else {
      const message = 'events of these partitions could not be published; trying again';
      const partitions = this.#stuck.names.toSorted();
      this.#say(message, { error, partitions }, partitions.join());
    }
  }

  /** Once until all is well again. @param about what it is said of, where it may be said of several things */
  #say(message: string, detail: Record<string, unknown>, about = ''): void {
    const said = `${message} ${about}`;
    if (this.#said.has(said)) return;
    this.#said.add(said);
    this.#log({ level: 'warn', message, detail });
  }
}
