import type { LogSink } from '@orderstream/events';
import type { Database } from '../database/database.ts';
import { rootMessage } from '../database/query-error.ts';
import { purgeInbox } from './inbox.ts';

const PERIOD_MS = 60 * 60 * 1000;

/** Forgets old inbox entries once an hour. On every instance: deleting what another one just deleted costs nothing. */
export class InboxPurge {
  readonly #stopping = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, retentionDays: number, log: LogSink) {
    this.#timer = setInterval(() => {
      purgeInbox(database, retentionDays, this.#stopping.signal).catch((error: unknown) =>
        log({
          level: 'warn',
          message: 'the inbox could not be purged',
          detail: { error: rootMessage(error) },
        }),
      );
    }, PERIOD_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopping.abort();
  }
}
