import type { Queryable, Rows, Statement } from '../database/transaction.ts';
import { RebuildRefused } from './rebuild-refused.ts';
import { tookTooLong } from './refusals.ts';

/** A transaction that others wait for: no statement of it begins, and none goes on, past its end. */
export class TimeBudget implements Queryable {
  readonly #connection: Queryable;
  readonly #seconds: number;
  readonly #now: () => number;
  readonly #beganMs: number;

  /** The time runs from now on. @param now ms of a clock that never goes back */
  constructor(connection: Queryable, seconds: number, now = () => performance.now()) {
    this.#connection = connection;
    this.#seconds = seconds;
    this.#now = now;
    this.#beganMs = now();
  }

  get usedMs(): number {
    return this.#now() - this.#beganMs;
  }

  /** @throws RebuildRefused when nothing is left */
  require(): number {
    const leftMs = Math.floor(this.#seconds * 1_000 - this.usedMs);
    if (leftMs <= 0) throw new RebuildRefused(tookTooLong(this.#seconds));
    return leftMs;
  }

  async query<Row extends object>(statement: Statement, params?: readonly unknown[]): Promise<Rows<Row>> {
    await this.#connection.query(`SET LOCAL statement_timeout = ${this.require()}`);
    return this.#connection.query<Row>(statement, params);
  }
}
