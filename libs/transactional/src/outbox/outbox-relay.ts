import { silentLog, sourceTopics, type EventProducer, type LogSink, type Topic } from '@orderstream/events';
import type { Connection } from '../database/connection.ts';
import type { Database } from '../database/database.ts';
import { rootMessage } from '../database/query-error.ts';
import { outboxRelayActive, reportOutbox } from './metrics.ts';
import type { OutboxBell } from './outbox-bell.ts';
import { OutboxPublisher } from './outbox-publisher.ts';
import { measureOutbox } from './outbox-table.ts';
import { Pace } from './pace.ts';
import { StuckPartitions } from './stuck-partitions.ts';

export interface OutboxRelayHealth {
  /** Whether this instance is the one that publishes. */
  readonly active: boolean;
  /** Since when publishing has failed, Unix ms; undefined while all is well. */
  readonly failingSinceMs: number | undefined;
}

const READINESS = Symbol.for('orderstream.readiness');
/** As contract.md says: not ready once Kafka has not answered for so long. */
const FAILING_MS = 10_000;
/** How often an instance that is not active tries to become it. */
const STANDBY_MS = 1_000;
/** A stop publishes what is there for so long; the rest stays in the table for the next start. */
const DRAIN_MS = 3_000;

/**
 * Publishes what the outbox holds, in order per key, and removes a record only once the broker has it: it may be published twice
 * (a crash in between), never lost and never before an earlier one of its key.
 *
 * Of all instances of a service one is active, the one that holds an advisory lock on a connection of its own. The rows are read and
 * removed over that same connection, so that whoever lost it cannot go on. No transaction is open while Kafka is waited for. Who falls
 * silent loses it: a frozen process would otherwise keep everybody from publishing for as long as it is frozen.
 */
export class OutboxRelay {
  readonly #database: Database;
  readonly #bell: OutboxBell;
  readonly #log: LogSink;
  readonly #pace = new Pace();
  readonly #publisher: OutboxPublisher;
  readonly #stopReporting: () => void;
  /** The connection that holds the lock; undefined while another instance has it, or nobody. */
  #active: Connection | undefined;
  #running: Promise<void> | undefined;

  /** @param topics tells how many partitions the topics have that are published to */
  constructor(
    database: Database,
    bell: OutboxBell,
    producer: EventProducer,
    log: LogSink = silentLog,
    topics: readonly Topic[] = sourceTopics,
  ) {
    this.#database = database;
    this.#bell = bell;
    this.#log = log;
    this.#publisher = new OutboxPublisher(producer, this.#pace, log, new StuckPartitions(topics));
    this.#stopReporting = reportOutbox(() => measureOutbox(database));
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Publishes what is there now, at most for 3 s beyond the send under way, then lets another instance take over. */
  async stop(): Promise<void> {
    this.#pace.stop(DRAIN_MS);
    await this.#running;
    this.#stopReporting();
  }

  health(): OutboxRelayHealth {
    return { active: this.#active !== undefined, failingSinceMs: this.#publisher.failingSinceMs };
  }

  [READINESS](): { name: string; ready: boolean; detail: Record<string, unknown> } {
    const health = this.health();
    const failingMs = Date.now() - (health.failingSinceMs ?? Date.now());
    return { name: 'outbox relay', ready: failingMs < FAILING_MS, detail: { ...health } };
  }

  /** One session after the other: each ends with the stop, or with the connection. */
  async #run(): Promise<void> {
    for (let failures = 0; !this.#pace.isStopping;) {
      try {
        await this.#session(() => (failures = 0));
      } catch (error) {
        failures += 1;
        const detail = { error: rootMessage(error) };
        if (failures === 1) this.#log({ level: 'warn', message: 'the outbox is out of reach', detail });
        await this.#pace.backOff(failures);
      }
    }
  }

  async #session(onRound: () => void): Promise<void> {
    const { connection, end } = await this.#database.openLivelySession();
    try {
      // A crash of the server may bring back rows that were removed in its last moments: published twice, as after any crash.
      await connection.query('SET synchronous_commit = off');
      // Planned while the table is nearly empty, a read sorts whatever the table holds later, and a removal searches all of it: 160 ms and
      // 400 ms instead of 5 and 2 with 100,000 rows, until the next autovacuum.
      await connection.query('SET enable_sort = off');
      await connection.query('SET enable_seqscan = off');
      if (!(await this.#lock(connection))) return;
      connection.onNotification(() => this.#pace.ring());
      await connection.query(`LISTEN ${this.#bell.channel}`);
      this.#become(connection);
      await this.#publisher.publishUntilStopped(connection, onRound);
    } finally {
      this.#resign(connection);
      await end();
    }
  }

  /** False when the stop came first. */
  async #lock(connection: Connection): Promise<boolean> {
    while (!this.#pace.isStopping) {
      const { rows } = await connection.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
        [this.#bell.channel],
      );
      if (rows[0]?.locked) return true;
      await this.#pace.wait(STANDBY_MS);
    }
    return false;
  }

  #become(connection: Connection): void {
    this.#active = connection;
    outboxRelayActive.set(1);
    this.#bell.listen(() => this.#pace.ring());
    this.#log({ level: 'info', message: 'this instance publishes the outbox' });
    void connection.lost.then(() => {
      this.#resign(connection);
      this.#pace.ring();
    });
  }

  #resign(connection: Connection): void {
    if (this.#active !== connection) return;
    this.#active = undefined;
    outboxRelayActive.set(0);
    this.#bell.listen(undefined);
  }
}
