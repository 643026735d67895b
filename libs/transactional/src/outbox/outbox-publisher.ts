import { RecordRefusedError, type EventProducer, type LogSink } from '@orderstream/events';
import { rootMessage } from '../database/query-error.ts';
import type { Queryable } from '../database/transaction.ts';
import { outboxPublishedTotal } from './metrics.ts';
import { removeAcknowledged, takeRows, type PendingRow } from './outbox-table.ts';
import type { Pace } from './pace.ts';

/** A look at the table without having been woken: finds what an instance left behind that died after its commit. */
const POLL_MS = 1_000;

interface Published {
  /** For each record of the rows, in their order. */
  readonly acknowledged: readonly boolean[];
  /** Set when there is no point in going on at once. */
  readonly failure?: unknown;
}

/** Empties the outbox into Kafka: read, send, remove what was acknowledged; again and again. */
export class OutboxPublisher {
  readonly #producer: EventProducer;
  readonly #pace: Pace;
  readonly #log: LogSink;
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

  /** Returns when a stop was asked for and nothing is left, or its time is over. @throws TransientError when the database is away */
  async publishUntilStopped(db: Queryable): Promise<void> {
    let rows = await takeRows(db);
    for (let failures = 0; !this.#pace.isOver;) {
      if (rows.length === 0) {
        if (this.#pace.isStopping) return;
        await this.#pace.wait(POLL_MS);
        rows = await takeRows(db);
        continue;
      }
      const { acknowledged, failure } = await this.#publish(rows);
      const removed = removeAcknowledged(db, rows, acknowledged);
      if (failure === undefined) {
        failures = 0;
        // One round trip: the read is answered after the removal.
        [, rows] = await Promise.all([removed, takeRows(db)]);
        continue;
      }
      await removed;
      failures += 1;
      if (failures === 1) this.#warn(failure);
      if (this.#pace.isStopping) return;
      await this.#pace.backOff(failures);
      rows = await takeRows(db);
    }
  }

  /** The producer keeps each key's order, and within one call it acknowledges no record after one that failed on the same partition. */
  async #publish(rows: readonly PendingRow[]): Promise<Published> {
    const results = await this.#producer.sendAll(rows.flatMap(({ records }) => records));
    const acknowledged = results.map(({ status }) => status === 'fulfilled');
    const count = acknowledged.filter(Boolean).length;
    outboxPublishedTotal.inc(count);
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    const [failure] = failures;
    if (failure === undefined) {
      this.#failingSinceMs = undefined;
      return { acknowledged };
    }
    this.#failingSinceMs ??= Date.now();
    // A record that Kafka refuses for good must not slow the others down: it is tried again with whatever comes next.
    const isHeldUp = count === 0 || failures.some((one) => !(one instanceof RecordRefusedError));
    return isHeldUp ? { acknowledged, failure } : { acknowledged };
  }

  #warn(failure: unknown): void {
    const detail = { error: rootMessage(failure) };
    this.#log({ level: 'warn', message: 'events could not be published; trying again', detail });
  }
}
