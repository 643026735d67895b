import { RecordRefusedError, type EventProducer, type LogSink } from '@orderstream/events';
import { rootMessage } from '../database/query-error.ts';
import type { Queryable } from '../database/transaction.ts';
import { AcknowledgedRows } from './acknowledged-rows.ts';
import { outboxPublishedTotal } from './metrics.ts';
import { removeAcknowledged, takeRows, type Progress } from './outbox-table.ts';
import type { Pace } from './pace.ts';

/** A look at the table without having been woken: finds what an instance left behind that died after its commit. */
const POLL_MS = 1_000;

interface Published {
  readonly taken: readonly Progress[];
  /** Set when there is no point in going on at once. */
  readonly failure?: unknown;
}

/** Empties the outbox into Kafka: read, send, remove what was acknowledged; again and again. */
export class OutboxPublisher {
  readonly #producer: EventProducer;
  readonly #pace: Pace;
  readonly #log: LogSink;
  readonly #acknowledged = new AcknowledgedRows();
  #isHeldUp = false;
  #failingSinceMs: number | undefined;

  constructor(producer: EventProducer, pace: Pace, log: LogSink) {
    this.#producer = producer;
    this.#pace = pace;
    this.#log = log;
  }

  /** Since when not everything could be published, Unix ms; undefined while all is well. */
  get failingSinceMs(): number | undefined {
    return this.#failingSinceMs;
  }

  /**
   * Returns when a stop was asked for and nothing is left to publish, or its time is over.
   * @param onRound called whenever the database has done all that a round asks of it
   * @throws TransientError when the database is away
   */
  async publishUntilStopped(db: Queryable, onRound: () => void): Promise<void> {
    let taken = await this.#take(db);
    for (let failures = 0; !this.#pace.isOver; onRound()) {
      if (taken.every(({ open }) => open.length === 0)) {
        if (this.#pace.isStopping) return;
        this.#tellHeldUp(taken.length);
        await this.#pace.wait(POLL_MS);
        taken = await this.#removeAndTake(db, taken);
        continue;
      }
      const { taken: sent, failure } = await this.#publish(taken);
      if (failure === undefined) {
        failures = 0;
        taken = await this.#removeAndTake(db, sent);
        continue;
      }
      await this.#remove(db, sent);
      failures += 1;
      if (failures === 1) this.#warn(failure);
      if (this.#pace.isStopping) return;
      await this.#pace.backOff(failures);
      taken = await this.#take(db);
    }
  }

  async #take(db: Queryable): Promise<Progress[]> {
    return this.#acknowledged.progressOf(await takeRows(db));
  }

  async #remove(db: Queryable, taken: readonly Progress[]): Promise<void> {
    this.#acknowledged.forget(await removeAcknowledged(db, taken));
  }

  /** One round trip: the read is answered after the removal. */
  async #removeAndTake(db: Queryable, taken: readonly Progress[]): Promise<Progress[]> {
    const [, rows] = await Promise.all([this.#remove(db, taken), takeRows(db)]);
    return this.#acknowledged.progressOf(rows);
  }

  /** The producer keeps each key's order, and within one call it acknowledges no record after one that failed on the same partition. */
  async #publish(taken: readonly Progress[]): Promise<Published> {
    const results = await this.#producer.sendAll(taken.flatMap(({ open }) => open));
    let index = 0;
    const sent = taken.map(({ row, open }) => ({
      row,
      open: open.filter(() => results[index++]?.status !== 'fulfilled'),
    }));
    // Before anything else can fail: what is sent is not to be sent by the next session again.
    for (const progress of sent) this.#acknowledged.note(progress);
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    const count = results.length - failures.length;
    outboxPublishedTotal.inc(count);
    const [failure] = failures;
    if (failure === undefined) {
      this.#failingSinceMs = undefined;
      return { taken: sent };
    }
    this.#failingSinceMs ??= Date.now();
    // A record that Kafka refuses for good must not slow the others down: it is tried again with whatever comes next.
    const isHeldUp = count === 0 || failures.some((one) => !(one instanceof RecordRefusedError));
    return isHeldUp ? { taken: sent, failure } : { taken: sent };
  }

  #warn(failure: unknown): void {
    const detail = { error: rootMessage(failure) };
    this.#log({ level: 'warn', message: 'events could not be published; trying again', detail });
  }

  /** What lies behind a whole window of such rows is not seen before they are let go. */
  #tellHeldUp(rows: number): void {
    if (rows > 0) this.#failingSinceMs ??= Date.now();
    else if (this.#isHeldUp) this.#failingSinceMs = undefined;
    if (rows > 0 && !this.#isHeldUp) {
      const message = 'published rows of the outbox cannot be removed: somebody holds them; trying again';
      this.#log({ level: 'warn', message, detail: { rows } });
    }
    this.#isHeldUp = rows > 0;
  }
}
