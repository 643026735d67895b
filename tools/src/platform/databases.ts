import { Client, DatabaseError } from 'pg';
import { PlatformError } from './platform-error.ts';
import { DATABASES } from './settings.ts';

const DUPLICATE_DATABASE = '42P04';
/** What two sessions get that create the same database at the same moment. */
const UNIQUE_VIOLATION = '23505';

/** The server's URL with another database in it; user, password and options stay. */
export function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Creates the services' databases on the server, those that are missing. Any number of callers may do it at once. */
export async function createDatabases(serverUrl: string): Promise<void> {
  const client = await connectToServer(serverUrl);
  try {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
    const present = new Set(rows.map((row) => row.datname));
    for (const name of DATABASES.filter((database) => !present.has(database))) {
      await client.query(`CREATE DATABASE ${name}`).catch(ignoreExisting);
    }
  } finally {
    await client.end();
  }
}

/** Whether the server at this URL answers a query now. */
export async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** DATABASE_URL may name a database that is not there yet (say `/worker`): then the server's own `postgres` is the way in. */
async function connectToServer(serverUrl: string): Promise<Client> {
  let failure: unknown;
  for (const url of [serverUrl, withDatabase(serverUrl, 'postgres')]) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      failure = error;
      await client.end().catch(() => undefined);
    }
  }
  const { host } = new URL(serverUrl);
  const reason = failure instanceof Error ? failure.message : String(failure);
  const message = `PostgreSQL at ${host} (from DATABASE_URL) cannot be used: ${reason || 'nobody answers there'}. Correct DATABASE_URL, or unset it to use the local one.`;
  throw new PlatformError('postgres-unreachable', message, [], { cause: failure });
}

function ignoreExisting(error: unknown): void {
  if (error instanceof DatabaseError && [DUPLICATE_DATABASE, UNIQUE_VIOLATION].includes(error.code ?? ''))
    return;
  throw error;
}
