import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bringTopicsUpToDate } from '../commands/topics.ts';
import { freePorts, startPlatform, type Platform, type PlatformOptions } from '../platform/index.ts';
import { migrateServices } from '../services/migrate-services.ts';

const run = promisify(execFile);

/** Names a data directory that `preparePlatform` has made; `npm test` sets it for its tests. */
const PREPARED = 'ORDERSTREAM_PREPARED_PLATFORM';

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
  const dataDir = await mkdtemp(join(tmpdir(), `orderstream-${name}-`));
  const prepared = process.env[PREPARED];
  const isPrepared = prepared !== undefined && existsSync(prepared);
  // Not Node's own copy: that one changes what belongs to PostgreSQL's account.
  if (isPrepared) await run('cp', ['-a', `${prepared}/.`, dataDir]);
  const platform = await startPlatform({ dataDir, ...ports });
  try {
    if (!isPrepared) await furnish(platform);
  } catch (error) {
    await platform.stop();
    throw error;
  }
  return { platform, dataDir };
}

async function furnish(platform: Platform): Promise<void> {
  const kafka = { clientId: 'orderstream-test', brokers: [platform.kafkaBrokers] };
  await Promise.all([bringTopicsUpToDate(kafka), migrateServices(platform, () => undefined)]);
}
