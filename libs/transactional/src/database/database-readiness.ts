import type { LogSink } from '@orderstream/events';
import type { MigrationClass } from '../migrations/index.ts';
import { pendingMigrations } from '../migrations/pending-migrations.ts';
import type { Database } from './database.ts';
import { rootMessage } from './query-error.ts';

const READINESS = Symbol.for('orderstream.readiness');
/** As contract.md says: not ready once the database has not answered for so long. */
const SILENT_MS = 10_000;
/** An answer that takes longer does not hold the probe up; it counts when it arrives. */
const PROBE_MS = 1_000;

/** Reports whether the database answers and has the tables this code needs. Never throws: a database that is away is a finding. */
export class DatabaseReadiness {
  readonly #database: Database;
  readonly #migrations: readonly MigrationClass[];
  readonly #log: LogSink;
  #isMigrated = false;
  #pending: readonly string[] = [];
  #error: string | undefined;
  #probing: Promise<void> | undefined;

  constructor(database: Database, migrations: readonly MigrationClass[], log: LogSink) {
    this.#database = database;
    this.#migrations = migrations;
    this.#log = log;
  }

  /** Says in the log what the service would wait for, so that nobody has to guess. */
  async onApplicationBootstrap(): Promise<void> {
    await this.#probe();
    const waiting = this.#whyNot();
    if (waiting) this.#log({ level: 'warn', message: `not ready: ${waiting}` });
  }

  async [READINESS](): Promise<{ name: string; ready: boolean; detail: Record<string, unknown> }> {
    await this.#probe();
    const why = this.#whyNot();
    const { schema, lastAnswerAtMs } = this.#database;
    return {
      name: 'database',
      ready: why === undefined,
      detail: { schema, lastAnswerAtMs, ...(why === undefined ? {} : { why }) },
    };
  }

  #whyNot(): string | undefined {
    if (Date.now() - this.#database.lastAnswerAtMs >= SILENT_MS)
      return this.#error ?? 'the database does not answer';
    if (this.#isMigrated) return undefined;
    if (this.#pending.length === 0) return this.#error ?? 'the database does not answer';
    return `migrations are not applied: ${this.#pending.join(', ')}`;
  }

  async #probe(): Promise<void> {
    this.#probing ??= this.#ask().finally(() => (this.#probing = undefined));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PROBE_MS)));
    await Promise.race([this.#probing, late]);
    clearTimeout(timer);
  }

  async #ask(): Promise<void> {
    try {
      if (this.#isMigrated) await this.#database.query('SELECT 1');
      else {
        this.#pending = await pendingMigrations(this.#database, this.#migrations);
        this.#isMigrated = this.#pending.length === 0;
      }
      this.#error = undefined;
    } catch (error) {
      this.#error = rootMessage(error);
    }
  }
}
