import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog, TransientError, type LogSink } from '@orderstream/events';
import pg from 'pg';
import { connectionConfig, type ConnectionOptions } from './connection-config.ts';
import { Connection } from './connection.ts';
import { OpenTransaction } from './open-transaction.ts';
import { queryError } from './query-error.ts';
import type { Queryable, Rows, Statement, Transaction } from './transaction.ts';

export interface DatabaseOptions extends ConnectionOptions {
  /** Connections kept at most. Default 10: one per transaction of the consumers, and some for callers. */
  readonly poolSize?: number | undefined;
  readonly log?: LogSink;
}

/**
 * A connection that only reads is never told that it leads to a replica since a failover. One that is in use then is let finish: the pool
 * ends it when it is given back.
 */
const MAX_LIFETIME_SECONDS = 1_800;

/** A connection outside the pool, for what lives as long as a session. */
export interface Session {
  readonly connection: Connection;
  readonly end: () => Promise<void>;
}

const GOODBYE_MS = 1_000;
/** Three pulses long: an event loop that is busy for some seconds keeps what it holds, a process that was frozen does not. */
const SILENCE_MS = 15_000;
const PULSE_MS = 5_000;

/** A service's database: one pool of connections, opened when needed. Safe to use from everywhere at once. */
export class Database implements Queryable {
  readonly service: string;
  readonly schema: string;
  readonly #options: DatabaseOptions;
  readonly #pool: pg.Pool;
  #lastAnswerAtMs = 0;

  constructor(options: DatabaseOptions) {
    this.service = options.service;
    this.schema = options.schema;
    this.#options = options;
    this.#pool = new pg.Pool({
      ...connectionConfig(options),
      max: options.poolSize ?? 10,
      maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    });
    const log = options.log ?? silentLog;
    // An idle connection broke; the pool has dropped it already.
    this.#pool.on('error', (error) =>
      log({ level: 'warn', message: 'a database connection was lost', detail: { error: error.message } }),
    );
  }

  /** When the database last answered anything, Unix ms; 0 before the first answer. */
  get lastAnswerAtMs(): number {
    return this.#lastAnswerAtMs;
  }

  /** Runs one statement in a transaction of its own. @throws as Queryable says */
  query<Row extends object>(statement: Statement, params?: readonly unknown[]): Promise<Rows<Row>> {
    return this.#withConnection((connection) => connection.query<Row>(statement, params));
  }

  /**
   * Runs `work` in one transaction: commits what it did when it resolves, rolls back when it rejects. When the answer to COMMIT is
   * lost, the caller sees a TransientError and cannot know; repeating must therefore be harmless.
   * @throws what `work` throws; TransientError, PermanentError as Queryable says
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#withConnection(async (connection) => {
      const tx = new OpenTransaction(connection);
      try {
        const result = await work(tx);
        await tx.commit();
        return result;
      } catch (error) {
        await tx.rollback();
        throw error;
      }
    });
  }

  /** Opens a connection outside the pool, for what lives as long as a session: advisory locks, LISTEN. The caller ends it. */
  async openSession(): Promise<Session> {
    const client = new pg.Client(connectionConfig(this.#options));
    const connection = new Connection(client);
    try {
      await client.connect();
    } catch (error) {
      throw unreachable(error);
    }
    // A peer that is gone does not say goodbye: the socket is left to the kernel then.
    const end = () =>
      Promise.race([client.end().catch(() => undefined), sleep(GOODBYE_MS, undefined, { ref: false })]);
    return { connection, end };
  }

  /**
   * As `openSession`, for a lock that another instance is to have soon when this process cannot go on: the server ends the session,
   * and frees the lock, 15 s after the process fell silent, be it that it was frozen or that its machine is gone. It is asked something
   * every 5 s for that, whatever its owner waits for meanwhile. Not for transactions: the pulse would keep them open.
   */
  async openLivelySession(): Promise<Session> {
    const { connection, end } = await this.openSession();
    const pulse = setInterval(() => void connection.query('SELECT 1').catch(() => undefined), PULSE_MS);
    void connection.lost.then(() => clearInterval(pulse));
    const stop = (): Promise<void> => {
      clearInterval(pulse);
      return end();
    };
    try {
      await connection.query(`SET idle_session_timeout = ${SILENCE_MS}`);
    } catch (error) {
      await stop();
      throw error;
    }
    return { connection, end: stop };
  }

  /** Waits for what is under way, then disconnects. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown): never => {
      throw unreachable(error);
    });
    const connection = new Connection(client);
    try {
      return await work(connection);
    } finally {
      // A refusal is an answer, too.
      if (connection.isUsable) this.#lastAnswerAtMs = Date.now();
      connection.detach();
      client.release(!connection.isUsable);
    }
  }
}

/** Not even connected: whatever the reason (refused, no such database, wrong password, pool exhausted), no record is to blame. */
function unreachable(error: unknown): unknown {
  const judged = queryError(error);
  if (judged instanceof TransientError) return judged;
  return new TransientError('database-unreachable', 'the database cannot be reached', { cause: error });
}
