import type { Connection } from './connection.ts';
import type { Rows, Statement, Transaction } from './transaction.ts';

/**
 * A transaction under way. BEGIN travels with the first statement and whatever was not waited for travels with COMMIT, so that a
 * transaction costs as many round trips as its owner waits, and one for the commit.
 */
export class OpenTransaction implements Transaction {
  readonly #connection: Connection;
  readonly #afterCommit: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  #ended = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#connection.command('BEGIN').catch((error: unknown) => this.#fail(error));
  }

  query<Row extends object>(statement: Statement, params?: readonly unknown[]): Promise<Rows<Row>> {
    if (this.#ended)
      return Promise.reject(new TypeError('the transaction has ended; was a query not awaited?'));
    const answer = this.#connection.query<Row>(statement, params).catch((error: unknown): never => {
      this.#fail(error);
      // What follows the first failure is only its echo ("current transaction is aborted").
      throw this.#failure?.error;
    });
    // Who does not wait for the answer hears of its failure from commit().
    answer.catch(() => undefined);
    return answer;
  }

  afterCommit(callback: () => void): void {
    this.#afterCommit.push(callback);
  }

  /** @throws the first failure of any statement, also of one nobody waited for; nothing is committed then */
  async commit(): Promise<void> {
    this.#ended = true;
    if (this.#failure) throw this.#failure.error;
    const command = await this.#connection.command('COMMIT');
    // Read anew: statements that travelled with COMMIT have been answered before it.
    const failure = this.#failure as { readonly error: unknown } | undefined;
    if (failure) throw failure.error;
    if (command !== 'COMMIT') throw new Error('the transaction was not committed');
    for (const callback of this.#afterCommit) callback();
  }

  /** Never throws: a connection that cannot even roll back is not used again, and the server rolls back by itself. */
  async rollback(): Promise<void> {
    this.#ended = true;
    if (this.#connection.isUsable) await this.#connection.command('ROLLBACK').catch(() => undefined);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }
}
