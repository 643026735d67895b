import type { Database } from '../database/database.ts';

/**
 * Wakes the relay after a commit. When it is active in this process that is a function call; only otherwise a NOTIFY, which takes a
 * lock over the whole server and is therefore never part of a batch's own transaction, and never sent twice at a time.
 */
export class OutboxBell {
  readonly #database: Database;
  #listener: (() => void) | undefined;
  #notifying = false;
  #again = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The LISTEN channel of the service's relay. */
  get channel(): string {
    return `orderstream_outbox_${this.#database.schema}`;
  }

  /** Something was committed to the outbox. Never throws: without the bell the relay finds the row at its next look, within a second. */
  ring(): void {
    if (this.#listener) this.#listener();
    else void this.#notify();
  }

  /** From now on this process's relay is the active one; undefined: not any more. */
  listen(listener: (() => void) | undefined): void {
    this.#listener = listener;
  }

  async #notify(): Promise<void> {
    this.#again = true;
    if (this.#notifying) return;
    this.#notifying = true;
    while (this.#again) {
      this.#again = false;
      await this.#database.query(`SELECT pg_notify($1, '')`, [this.channel]).catch(() => undefined);
    }
    this.#notifying = false;
  }
}
