import type { ConsumerGroup } from '@orderstream/events';
import pg from 'pg';
import { InvalidArgumentError, type Command } from 'commander';
import { withDatabase } from '../platform/databases.ts';
import { HOST, POSTGRES_PORT, type DatabaseName } from '../platform/index.ts';
import { POSTGRES_USER } from '../platform/settings.ts';
import { OperationRefused } from '../log/operation-refused.ts';

export interface DatabaseFlags {
  readonly databaseUrl: string;
  readonly database?: ReadonlyMap<string, string>;
}

/** Where a group keeps its positions and its rows: its service's database, in the schema of the same name. */
export const DATABASE_OF: Readonly<Record<ConsumerGroup, DatabaseName>> = {
  'order-api': 'order_api',
  worker: 'worker',
  analytics: 'analytics',
  fraud: 'analytics',
  notifier: 'notifier',
};

const LOCAL_URL = `postgres://${POSTGRES_USER}:${POSTGRES_USER}@${HOST}:${POSTGRES_PORT}/postgres`;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled, by a timeout or by somebody. */
const GIVEN_UP = '57014';
/** For what must come to its end however large the tables are: without it no statement runs for longer than 30 s. */
export const NO_HURRY = 'SET statement_timeout = 0';

/** Adds `--database-url` and `--database`. The default is not shown in the help: what the environment names may hold a password. */
export function withDatabaseOptions(command: Command): Command {
  return command
    .option(
      '--database-url <url>',
      "the PostgreSQL server with all services' databases (environment: DATABASE_URL; default: the local platform's)",
    )
    .option(
      '--database <name=url>',
      'one database that lives elsewhere, as worker=postgres://…; may be repeated (environment: WORKER_DATABASE_URL and the like)',
      oneDatabase,
    );
}

/** The URL of a service's database. */
export function databaseUrl(
  name: DatabaseName,
  flags: Partial<DatabaseFlags>,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const own = flags.database?.get(name) ?? (env[`${name.toUpperCase()}_DATABASE_URL`] || undefined);
  return own ?? withDatabase(serverUrl(flags.databaseUrl ?? (env['DATABASE_URL'] || LOCAL_URL)), name);
}

/** Runs `work` on a connection of its own. @throws OperationRefused when the database cannot be reached or gives a statement up */
export async function onDatabase<T>(
  name: DatabaseName,
  flags: Partial<DatabaseFlags>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl(name, flags),
    application_name: 'orderstream-cli',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    options: `-c search_path=${name},public`,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw databaseAway(name, error);
  }
  try {
    return await work(client);
  } catch (error) {
    throw (error as { code?: unknown }).code === GIVEN_UP ? givenUp(name, error as Error) : error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function databaseAway(name: DatabaseName, error: unknown): OperationRefused {
  // Node puts what went wrong at each address into an AggregateError without a message.
  const { message, code } = error as { message?: string; code?: string };
  return new OperationRefused(
    `The database ${name} cannot be used: ${message || code || String(error)}. Another one is named by --database-url or --database ${name}=…`,
    { cause: error },
  );
}

function givenUp(name: DatabaseName, error: Error): OperationRefused {
  return new OperationRefused(
    `The database ${name} has given up: ${error.message}. What that statement had begun is undone. Ask for less, or again when it has less to do.`,
    { cause: error },
  );
}

function serverUrl(text: string): string {
  if (URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol)) return text;
  throw new OperationRefused(
    '--database-url (or DATABASE_URL) is not a postgres://user:password@host:port/database.',
  );
}

function oneDatabase(text: string, before: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const [, name, url] = /^(order_api|worker|analytics|notifier)=(postgres(?:ql)?:\/\/.+)$/.exec(text) ?? [];
  if (name !== undefined && url !== undefined) return new Map([...before, [name, url]]);
  throw new InvalidArgumentError('It must be order_api, worker, analytics or notifier, then =postgres://…');
}
