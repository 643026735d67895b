import type { ClientBase } from 'pg';
import { queryError } from './query-error.ts';
import { sqlStateOf } from './sql-state.ts';
import type { Queryable, Rows, Statement } from './transaction.ts';

/**
 * After these a connection is not used again: another one may do better. Only a new one finds the server that can be written to when
 * the name in the URL has come to mean another one.
 */
const WORN_OUT: readonly string[] = [
  '0A000', // a prepared statement's result has changed underneath it: a migration ran
  '26000', // a prepared statement is gone: a connection pooler between us and the server
  '25006', // read-only: the server was, or has become, a replica
];

/** One connection in somebody's hands: knows whether it may be used again afterwards. */
export class Connection implements Queryable {
  readonly #client: ClientBase;
  readonly #onLost = () => this.#markLost();
  #isLost = false;
  #signalLost: () => void = () => undefined;
  /** Resolves when the connection breaks. Never rejects. */
  readonly lost: Promise<void> = new Promise((resolve) => {
    this.#signalLost = resolve;
  });

  constructor(client: ClientBase) {
    this.#client = client;
    // Without a listener, an error on a connection that is not asked anything would end the process.
    client.on('error', this.#onLost);
    client.on('end', this.#onLost);
  }

  /** False once it broke, or was answered that what it holds or leads to is of no use any more. */
  get isUsable(): boolean {
    return !this.#isLost;
  }

  async query<Row extends object>(statement: Statement, params: readonly unknown[] = []): Promise<Rows<Row>> {
    const config = typeof statement === 'string' ? { text: statement } : { ...statement };
    try {
      const { rows, rowCount } = await this.#client.query<Row>({ ...config, values: params as unknown[] });
      return { rows, rowCount: rowCount ?? 0 };
    } catch (error) {
      throw this.#judged(error);
    }
  }

  /** The command the server says it executed: COMMIT is answered ROLLBACK when the transaction had failed. */
  async command(text: string): Promise<string> {
    try {
      return (await this.#client.query(text)).command;
    } catch (error) {
      throw this.#judged(error);
    }
  }

  onNotification(listener: () => void): void {
    this.#client.on('notification', listener);
  }

  /** Gives the listeners back; the client itself is its owner's to release or end. */
  detach(): void {
    this.#client.off('error', this.#onLost);
    this.#client.off('end', this.#onLost);
  }

  #judged(error: unknown): unknown {
    const sqlState = sqlStateOf(error);
    if (sqlState === undefined || WORN_OUT.includes(sqlState)) this.#markLost();
    return queryError(error);
  }

  #markLost(): void {
    this.#isLost = true;
    this.#signalLost();
  }
}
