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

/** What a database begins with that is not empty. */
export interface TestTemplate {
  /** Whose tables these are: letters and underscores. */
  readonly name: string;
  /** Names what `fill` leaves: with another version it is called anew, and what the last one left is removed. Letters and digits. */
  readonly version: string;
  /** Makes it, in an empty database. */
  readonly fill: (url: string) => Promise<void>;
}

/**
 * Creates a database on the test server, empty or as a copy of a template, which is filled once for all tests of this server. Takes about
 * 50 ms; one per test file is the usual measure. Processes may ask at once.
 */
export async function testDatabase(template?: TestTemplate): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(async (client) => {
    // template0: a copy of template1 is refused while anybody is connected to it.
    const origin = template === undefined ? 'template0' : await filled(client, template);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${origin}`);
  });
  const url = urlOf(name);
  const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'test' });
  pool.on('error', () => undefined);
  return {
    url,
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
      await onServer((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** @returns the name of the template's database; nobody else touches it until `client` ends */
async function filled(client: pg.Client, { name, version, fill }: TestTemplate): Promise<string> {
  await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`orderstream.template:${name}`]);
  const { rows } = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE datname ~ $1',
    [`^template_${name}_[^_]+(_draft)?$`],
  );
  const found = rows.map(({ datname }) => datname);
  const ready = `template_${name}_${version}`;
  if (found.includes(ready)) return ready;
  for (const outdated of found) await client.query(`DROP DATABASE ${outdated} WITH (FORCE)`);
  // It has its name only once it is complete: one whose filling was killed is begun anew.
  const draft = `${ready}_draft`;
  await client.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
  await fill(urlOf(draft));
  // A copy is refused while anybody is connected to it.
  await client.query(`ALTER DATABASE ${draft} ALLOW_CONNECTIONS false`);
  await client.query(`ALTER DATABASE ${draft} RENAME TO ${ready}`);
  return ready;
}

function urlOf(database: string): string {
  const url = new URL(databaseUrl());
  url.pathname = `/${database}`;
  return url.href;
}

async function onServer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(), application_name: 'test' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
