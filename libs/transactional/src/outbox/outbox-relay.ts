import { RecordRefusedError, silentLog, type EventProducer, type LogSink } from '@orderstream/events';
import type { Connection } from '../database/connection.ts';
import type { Database } from '../database/database.ts';
import { rootMessage } from '../database/query-error.ts';
import { Alarm } from './alarm.ts';
import { outboxPublishedTotal, outboxRelayActive, reportOutbox } from './metrics.ts';
import type { OutboxBell } from './outbox-bell.ts';
import { measureOutbox, removeAcknowledged, takeRows, type PendingRow } from './outbox-table.ts';

export interface OutboxRelayHealth {
  /** Whether this instance is the one that publishes. */
  readonly active: boolean;
  /** Since when publishing has failed, Unix ms; undefined while all is well. */
  readonly failingSinceMs: number | undefined;
}

const READINESS = Symbol.for('orderstream.readiness');
/** As contract.md says: not ready once Kafka has not answered for so long. */
const FAILING_MS = 10_000;
/** A look at the table without having been woken: finds what an instance left behind that died after its commit. */
const POLL_MS = 1_000;
/** How often an instance that is not active tries to become it. */
const STANDBY_MS = 1_000;
const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;
/** A stop publishes what is there for so long; the rest stays in the table for the next start. */
const DRAIN_MS = 3_000;

/**
 * Publishes what the outbox holds, in order per key, and removes a record only once the broker has it: it may be published twice
 * (a crash in between), never lost and never before an earlier one of its key.
 *
 * Of all instances of a service one is active, the one that holds an advisory lock on a connection of its own. The rows are read and
 * removed over that same connection, so that whoever lost it cannot go on. No transaction is open while Kafka is waited for.
 */
export class OutboxRelay {
  readonly #database: Database;
  readonly #bell: OutboxBell;
  readonly #producer: EventProducer;
  readonly #log: LogSink;
  readonly #alarm = new Alarm();
  readonly #stopReporting: () => void;
  #isActive = false;
  #failingSinceMs: number | undefined;
  #drainUntilMs = Infinity;
  #running: Promise<void> | undefined;

  constructor(database: Database, bell: OutboxBell, producer: EventProducer, log: LogSink = silentLog) {
    this.#database = database;
    this.#bell = bell;
    this.#producer = producer;
    this.#log = log;
    this.#stopReporting = reportOutbox(() => measureOutbox(database));
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Publishes what is there now, at most for 3 s beyond the send under way, then lets another instance take over. */
  async stop(): Promise<void> {
    this.#drainUntilMs = Math.min(this.#drainUntilMs, Date.now() + DRAIN_MS);
    this.#alarm.ring();
    await this.#running;
    this.#stopReporting();
  }

  health(): OutboxRelayHealth {
    return { active: this.#isActive, failingSinceMs: this.#failingSinceMs };
  }

  [READINESS](): { name: string; ready: boolean; detail: Record<string, unknown> } {
    const failingMs = this.#failingSinceMs === undefined ? 0 : Date.now() - this.#failingSinceMs;
    return { name: 'outbox relay', ready: failingMs < FAILING_MS, detail: { ...this.health() } };
  }

  get #isStopping(): boolean {
    return this.#drainUntilMs !== Infinity;
  }

  /** One session after the other: each ends with the stop, or with the connection. */
  async #run(): Promise<void> {
    for (let failures = 0; !this.#isStopping;) {
      try {
        await this.#session(() => (failures = 0));
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#warn('the outbox is out of reach; its events wait', error);
        await this.#backOff(failures);
      }
    }
  }

  async #session(onActive: () => void): Promise<void> {
    const { connection, end } = await this.#database.openSession();
    try {
      // A crash of the server may bring back rows that were removed in its last moments: published twice, as after any crash.
      await connection.query('SET synchronous_commit = off');
      if (!(await this.#lock(connection))) return;
      connection.onNotification(() => this.#alarm.ring());
      await connection.query(`LISTEN ${this.#bell.channel}`);
      this.#become(connection);
      onActive();
      await this.#publishUntilStopped(connection);
    } finally {
      this.#resign();
      await end();
    }
  }

  /** False when the stop came first. */
  async #lock(connection: Connection): Promise<boolean> {
    while (!this.#isStopping) {
      const { rows } = await connection.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
        [this.#bell.channel],
      );
      if (rows[0]?.locked) return true;
      await this.#alarm.wait(STANDBY_MS);
    }
    return false;
  }

  #become(connection: Connection): void {
    this.#isActive = true;
    outboxRelayActive.set(1);
    this.#bell.listen(() => this.#alarm.ring());
    this.#log({ level: 'info', message: 'this instance publishes the outbox' });
    void connection.lost.then(() => {
      this.#resign();
      this.#alarm.ring();
    });
  }

  #resign(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    outboxRelayActive.set(0);
    this.#bell.listen(undefined);
  }

  async #publishUntilStopped(connection: Connection): Promise<void> {
    let rows = await takeRows(connection);
    for (let failures = 0; Date.now() < this.#drainUntilMs;) {
      if (rows.length === 0) {
        if (this.#isStopping) return;
        await this.#alarm.wait(POLL_MS);
        rows = await takeRows(connection);
        continue;
      }
      const published = await this.#publish(rows);
      const removed = removeAcknowledged(connection, rows, published.acknowledged);
      if (published.failure === undefined) {
        failures = 0;
        [, rows] = await Promise.all([removed, takeRows(connection)]);
        continue;
      }
      await removed;
      failures += 1;
      if (failures === 1) this.#warn('events could not be published; trying again', published.failure);
      if (this.#isStopping) return;
      await this.#backOff(failures);
      rows = await takeRows(connection);
    }
  }

  /** The producer keeps each key's order, and within one call it acknowledges no record after one that failed on the same partition. */
  async #publish(rows: readonly PendingRow[]): Promise<{ acknowledged: boolean[]; failure?: unknown }> {
    const results = await this.#producer.sendAll(rows.flatMap(({ records }) => records));
    const acknowledged = results.map(({ status }) => status === 'fulfilled');
    const published = acknowledged.filter(Boolean).length;
    outboxPublishedTotal.inc(published);
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    const [failure] = failures;
    if (failure === undefined) {
      this.#failingSinceMs = undefined;
      return { acknowledged };
    }
    this.#failingSinceMs ??= Date.now();
    // One record that Kafka refuses for good must not slow the others down: it is tried again with whatever comes next.
    const isHeldUp = published === 0 || failures.some((one) => !(one instanceof RecordRefusedError));
    return isHeldUp ? { acknowledged, failure } : { acknowledged };
  }

  async #backOff(failures: number): Promise<void> {
    const capMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(failures, 10));
    const untilMs = performance.now() + capMs / 2 + (Math.random() * capMs) / 2;
    // Woken by every commit meanwhile; only a stop ends the pause early.
    while (!this.#isStopping && performance.now() < untilMs) {
      await this.#alarm.wait(untilMs - performance.now());
    }
  }

  #warn(message: string, error: unknown): void {
    this.#log({ level: 'warn', message, detail: { error: rootMessage(error) } });
  }
}
