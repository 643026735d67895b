import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { databaseUrl } from './environment.ts';

/** A database that belongs to one test. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Looks at the database over a connection of the test's own. */
  query<Row extends object>(text: string, params?: unknown[]): Promise<Row[]>;
  /** Kills the connections of one application from the server's side, as a failover would. Returns how many. */
  terminateConnections(applicationName: string): Promise<number>;
  /** Removes the database together with whatever is still connected to it. */
  drop(): Promise<void>;
}

/** Creates an empty database on the test server. Takes about 50 ms; one per test file is the usual measure. */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // template0: a copy of template1 is refused while anybody is connected to it.
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(databaseUrl());
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 4, application_name: 'test' });
  pool.on('error', () => undefined);
  return {
    url: url.href,
    name,
    query: async <Row extends object>(text: string, params: unknown[] = []) =>
      (await pool.query<Row>(text, params)).rows,
    terminateConnections: async (applicationName) => {
      const { rowCount } = await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = $1`,
        [applicationName],
      );
      return rowCount ?? 0;
    },
    drop: async () => {
      await pool.end();
      await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(), application_name: 'test' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
