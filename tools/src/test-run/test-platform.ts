import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bringTopicsUpToDate } from '../commands/topics.ts';
import { deleteLocalData } from '../platform/control.ts';
import { liveOwner, readRecord } from '../platform/data-dir.ts';
import { freePorts, orderstreamDir, startPlatform, type Platform } from '../platform/index.ts';
import { preparePlatform, TEST_PREFIX } from './prepared-platform.ts';

/** A Kafka and a PostgreSQL of the tests' own, beside whatever the developer runs; nothing of it is left after `stop()`. */
export interface TestPlatform {
  /** For the tests: KAFKA_BROKERS and DATABASE_URL, and what makes platforms of their own start sooner. */
  readonly environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** @param forEndToEnd tests will want further platforms of their own, and a browser */
export async function startTestPlatform({ forEndToEnd }: { forEndToEnd: boolean }): Promise<TestPlatform> {
  await removeLeftovers();
  const dataDir = join(orderstreamDir, `${TEST_PREFIX}${process.pid}`);
  const kafkaPort = await freePorts(3);
  const platform = await startPlatform({ dataDir, kafkaPort, postgresPort: kafkaPort + 2 }).catch(
    (error: unknown) => {
      rmSync(dataDir, { recursive: true, force: true });
      throw error;
    },
  );
  const stop = (): Promise<void> => stopAndRemove(platform, dataDir);
  try {
    // Apps read and write the real topics.
    const kafka = { clientId: 'orderstream-test', brokers: [platform.kafkaBrokers] };
    const [, prepared] = await Promise.all([
      bringTopicsUpToDate(kafka),
      forEndToEnd ? preparePlatform(join(dataDir, 'prepared')) : {},
      forEndToEnd && unpackBrowser(),
    ]);
    return { environment: { ...addresses(platform), ...prepared }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function addresses(platform: Platform): NodeJS.ProcessEnv {
  return { KAFKA_BROKERS: platform.kafkaBrokers, DATABASE_URL: platform.databaseUrl('postgres') };
}

/** Of two projects that unpack it at a time, one would start a half of it. Where it is not the one that tests open there is nothing to unpack. */
async function unpackBrowser(): Promise<void> {
  if (process.env['CHROMIUM_PATH'] || `${process.platform}-${process.arch}` !== 'linux-x64') return;
  const { default: chromium } = await import('@sparticuz/chromium');
  await chromium.executablePath();
}

async function stopAndRemove(platform: Platform, dataDir: string): Promise<void> {
  await platform.stop();
  await removeUnused(dataDir);
}

/** What runs that were killed left below the directory; the data of one that still runs is left alone. */
export async function removeLeftovers(directory = orderstreamDir): Promise<void> {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory).filter((entry) => entry.startsWith(TEST_PREFIX)))
    await removeUnused(join(directory, name));
}

/** Stops and removes the platforms inside, which tests had of their own, and then this one. Those in use stay, with what is inside them. */
async function removeUnused(dataDir: string): Promise<void> {
  if (liveOwner(readRecord(dataDir)) !== undefined) return;
  for (const inside of platformsIn(dataDir)) await removeUnused(inside);
  const unused = await deleteLocalData(dataDir).then(
    () => platformsIn(dataDir).length === 0,
    () => false,
  );
  if (unused) rmSync(dataDir, { recursive: true, force: true });
}

function platformsIn(directory: string): string[] {
  const paths = readdirSync(directory).map((name) => join(directory, name));
  return paths.filter((path) => readRecord(path) !== undefined);
}
