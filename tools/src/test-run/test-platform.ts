import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bringTopicsUpToDate } from '../commands/topics.ts';
import { deleteLocalData } from '../platform/control.ts';
import { freePorts, orderstreamDir, startPlatform, type Platform } from '../platform/index.ts';
import { preparePlatform } from './prepared-platform.ts';

const PREFIX = 'test-';

/** A Kafka and a PostgreSQL of the tests' own, beside whatever the developer runs; nothing of it is left after `stop()`. */
export interface TestPlatform {
  /** For the tests: KAFKA_BROKERS and DATABASE_URL, and what makes platforms of their own start sooner. */
  readonly environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** @param forEndToEnd tests will want further platforms of their own, and a browser */
export async function startTestPlatform({ forEndToEnd }: { forEndToEnd: boolean }): Promise<TestPlatform> {
  await removeLeftovers();
  const dataDir = join(orderstreamDir, `${PREFIX}${process.pid}`);
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

/** Of two projects that unpack it at a time, one would start a half of it. */
async function unpackBrowser(): Promise<void> {
  const { default: chromium } = await import('@sparticuz/chromium');
  await chromium.executablePath();
}

async function stopAndRemove(platform: Platform, dataDir: string): Promise<void> {
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** What a run that was killed left behind; the data of one that still runs is left alone. */
async function removeLeftovers(): Promise<void> {
  if (!existsSync(orderstreamDir)) return;
  for (const name of readdirSync(orderstreamDir).filter((entry) => entry.startsWith(PREFIX))) {
    const dataDir = join(orderstreamDir, name);
    const unused = await deleteLocalData(dataDir).then(
      () => true,
      () => false,
    );
    if (unused) rmSync(dataDir, { recursive: true, force: true });
  }
}
