import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { testDatabase, type TestDatabase } from '@orderstream/testing';
import { builtFile, SERVICES } from '../../src/services/services.ts';
import { workspaceRoot, type DatabaseName } from '../../src/platform/index.ts';

const run = promisify(execFile);

/** A service's own tables, as it migrates them, in a database of the test's own. Its program runs once for all tests. */
export async function migratedDatabase(name: DatabaseName): Promise<TestDatabase> {
  const service = SERVICES.find((each) => each.database === name);
  if (service === undefined) throw new Error(`no service has the database ${name}`);
  const migrate = builtFile(service, 'migrate.js');
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return testDatabase({
    name,
    version: versionOf([join(dirname(migrate), 'migrations'), SHARED_MIGRATIONS]),
    fill: async (url) => {
      const env = { PATH, HOME, NODE_COMPILE_CACHE, DATABASE_URL: url };
      await run(process.execPath, [migrate], { env });
    },
  });
}

/** Every service has these tables, too. */
const SHARED_MIGRATIONS = join(workspaceRoot, 'libs/transactional/dist/migrations');

/** Another one as soon as a migration is. */
function versionOf(directories: readonly string[]): string {
  const hash = createHash('sha256');
  for (const directory of directories) {
    const files = readdirSync(directory).filter((file) => file.endsWith('.js'));
    for (const file of files.sort()) hash.update(file).update(readFileSync(join(directory, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Where the CLI finds it. */
export function databaseEnv(name: DatabaseName, database: TestDatabase): NodeJS.ProcessEnv {
  return { [`${name.toUpperCase()}_DATABASE_URL`]: database.url };
}
