import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bringTopicsUpToDate } from '../commands/topics.ts';
import {
  freePorts,
  orderstreamDir,
  startPlatform,
  type Platform,
  type PlatformOptions,
} from '../platform/index.ts';
import { migrateServices } from '../services/migrate-services.ts';

const run = promisify(execFile);

/** Names a data directory that `preparePlatform` has made; `npm test` sets it for its tests. */
const PREPARED = 'ORDERSTREAM_PREPARED_PLATFORM';

/** How the data directories of tests begin, below `.orderstream/`: `npm test` removes there what a killed run left. */
export const TEST_PREFIX = 'test-';

/**
 * Makes a data directory that is copied wherever a test wants a system of its own: with all topics and all tables, on which nothing runs.
 * @returns the environment variable that tells tests of it
 */
export async function preparePlatform(dataDir: string): Promise<NodeJS.ProcessEnv> {
  const kafkaPort = await freePorts(3);
  const platform = await startPlatform({ dataDir, kafkaPort, postgresPort: kafkaPort + 2 });
  try {
    await furnish(platform);
  } finally {
    await platform.stop();
  }
  return { [PREPARED]: dataDir };
}

/** A Kafka and a PostgreSQL on data of their own, with every topic and table: a copy of what was prepared, else made here. */
export async function startFurnishedPlatform(
  name: string,
  ports: Required<Pick<PlatformOptions, 'kafkaPort' | 'postgresPort'>>,
): Promise<{ readonly platform: Platform; readonly dataDir: string }> {
  const prepared = preparedDir();
  const dataDir = await testDataDir(name);
  let platform: Platform | undefined;
  try {
    if (prepared !== undefined)
      return { platform: await startCopy(prepared, { dataDir, ...ports }), dataDir };
    platform = await startPlatform({ dataDir, ...ports });
    await furnish(platform);
    return { platform, dataDir };
  } catch (error) {
    await platform?.stop();
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** Starts what `preparePlatform` has made, on a copy of it. */
export async function startCopy(
  prepared: string,
  place: PlatformOptions & { readonly dataDir: string },
): Promise<Platform> {
  await mkdir(place.dataDir, { recursive: true });
  // Not Node's own copy: that one changes what belongs to PostgreSQL's account.
  await run('cp', ['-a', `${prepared}/.`, place.dataDir]);
  return startPlatform(place);
}

/** An empty directory below the one of `npm test`, which is removed at its end whatever became of the test; without `npm test` beside it. */
export async function testDataDir(name: string): Promise<string> {
  const prepared = preparedDir();
  if (prepared !== undefined) return mkdtemp(join(dirname(prepared), `${name}-`));
  await mkdir(orderstreamDir, { recursive: true });
  return mkdtemp(join(orderstreamDir, `${TEST_PREFIX}${name}-`));
}

function preparedDir(): string | undefined {
  const prepared = process.env[PREPARED];
  return prepared !== undefined && existsSync(prepared) ? prepared : undefined;
}

async function furnish(platform: Platform): Promise<void> {
  const kafka = { clientId: 'orderstream-test', brokers: [platform.kafkaBrokers] };
  await Promise.all([bringTopicsUpToDate(kafka), migrateServices(platform, () => undefined)]);
}
