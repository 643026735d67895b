import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { testDatabase, type TestDatabase } from '@orderstream/testing';
import { builtFile, SERVICES } from '../../src/services/services.ts';
import type { DatabaseName } from '../../src/platform/index.ts';

/** A service's own tables, as it migrates them, in a database of the test's own. */
export async function migratedDatabase(name: DatabaseName): Promise<TestDatabase> {
  const database = await testDatabase();
  const service = SERVICES.find((each) => each.database === name);
  if (service === undefined) throw new Error(`no service has the database ${name}`);
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [builtFile(service, 'migrate.js')], {
    env: { PATH, HOME, DATABASE_URL: database.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the tables of ${name} cannot be made`);
  return database;
}

/** Where the CLI finds it. */
export function databaseEnv(name: DatabaseName, database: TestDatabase): NodeJS.ProcessEnv {
  return { [`${name.toUpperCase()}_DATABASE_URL`]: database.url };
}
