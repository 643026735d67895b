import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { sqlStateOf } from '../database/sql-state.ts';
import { schemaName, serverSettings, TCP_SETTINGS } from '../database/server-settings.ts';
import { transactionalMigrations, type MigrationClass } from './index.ts';
import { LOCK_NOT_AVAILABLE, waitingForLocks } from './waiting-for-locks.ts';

export interface MigrateOptions {
  readonly url: string;
  /** Created when it does not exist; the tables, and the table `migrations` itself, live in it. */
  readonly schema: string;
  /** The service's own; the library's tables come first by themselves. */
  readonly migrations: readonly MigrationClass[];
  /** Told what happens, a line at a time. */
  readonly progress?: (line: string) => void;
}

const LOCK_RETRY_MS = 200;
/**
 * Whoever wants the table after a waiting ALTER TABLE waits behind it, every SELECT of the running service, too. Not for what runs outside
 * a transaction: CREATE INDEX CONCURRENTLY waits long for others and holds up nobody, and interrupted leaves half an index.
 */
const LOCK_TIMEOUT_MS = 3_000;
/** A migrating process that was frozen, or whose machine is gone, does not keep its tables locked for longer. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * Brings a schema up to date: runs what has not run yet, each migration in a transaction of its own (unless its `transaction` is
 * false). Any number of processes may call this at once; one migrates and the others wait for it. One in a transaction does not
 * queue for a table that somebody holds: it tries for 3 s at a time, for about a minute.
 * @returns the names of the migrations this call has run
 * @throws MigrationError when one fails: the earlier ones stay applied, it and the later ones do not; TableHeldError
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const schema = schemaName(options.schema);
  const progress = options.progress ?? (() => undefined);
  const { DataSource, MigrationExecutor } = await loadTypeOrm();
  const source = new DataSource({
    type: 'postgres',
    url: options.url,
    schema,
    applicationName: `migrate ${schema}`,
    migrations: [...transactionalMigrations, ...options.migrations],
    installExtensions: false,
    logging: false,
    poolSize: 1,
    extra: {
      options: serverSettings({
        search_path: `${schema},public`,
        idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
        ...TCP_SETTINGS,
      }),
      keepAlive: true,
    },
  });
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    await waitForLock(runner, schema, progress);
    await runner.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    const executor = new MigrationExecutor(source, runner);
    const pending = await executor.getPendingMigrations();
    if (pending.length === 0) progress(`${schema}: up to date`);
    for (const migration of pending) {
      const startedAtMs = performance.now();
      const execute = async (): Promise<void> =>
        void (await executor.executeMigration(migration).catch(named(migration.name)));
      if (migration.instance?.transaction === false) await execute();
      else
        await waitingForLocks(`${schema}: ${migration.name}`, () => inTransaction(runner, execute), progress);
      progress(`${schema}: ${migration.name} (${Math.round(performance.now() - startedAtMs)} ms)`);
    }
    return pending.map(({ name }) => name);
  } finally {
    // Ends the session, and with it the lock.
    await closed(source, runner);
  }
}

/** A migration is wrong, or the database is not as it expects. The message has its name and the statement; a new version of it is needed. */
export class MigrationError extends Error {
  readonly code = 'migration-failed';
  override readonly name = 'MigrationError';
}

/** What nobody raised on purpose is told with its stack: it is no statement's fault. */
function named(migration: string): (error: unknown) => never {
  return (cause: unknown) => {
    if (sqlStateOf(cause) === LOCK_NOT_AVAILABLE) throw cause;
    const { message, stack, query } = cause as Partial<Error> & { readonly query?: string };
    const why = query === undefined ? stack : `${message}\n${query.trim()}`;
    throw new MigrationError(`${migration}: ${why ?? String(cause)}`, { cause });
  };
}

/** TypeORM takes 30 MB and 180 ms to load. Services never migrate, so they never load it. */
async function loadTypeOrm() {
  return import('typeorm');
}

/** Asks again and again instead of waiting inside the server: a waiting statement would block CREATE INDEX CONCURRENTLY for ever. */
async function waitForLock(
  runner: QueryRunner,
  schema: string,
  progress: (line: string) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const rows = (await runner.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked', [
      `orderstream.migrate:${schema}`,
    ])) as { locked: boolean }[];
    if (rows[0]?.locked) return;
    if (attempt === 1) progress(`${schema}: another process migrates; waiting for it`);
    await sleep(LOCK_RETRY_MS);
  }
}

async function inTransaction(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await runner.startTransaction();
  try {
    await runner.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await work();
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

async function closed(source: DataSource, runner: QueryRunner): Promise<void> {
  await runner.release();
  await source.destroy();
}
