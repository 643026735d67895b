import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bringTopicsUpToDate } from '../commands/topics.ts';
import { deleteLocalData } from '../platform/control.ts';
import { freePorts, orderstreamDir, startPlatform, type Platform } from '../platform/index.ts';

const PREFIX = 'test-';

/** A Kafka and a PostgreSQL of the tests' own, beside whatever the developer runs; nothing of it is left after `stop()`. */
export interface TestPlatform {
  /** KAFKA_BROKERS and DATABASE_URL for the tests. */
  readonly environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

export async function startTestPlatform(): Promise<TestPlatform> {
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
    await bringTopicsUpToDate(kafka, { replicationFactor: 1 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment: addresses(platform), stop };
}

function addresses(platform: Platform): NodeJS.ProcessEnv {
  return { KAFKA_BROKERS: platform.kafkaBrokers, DATABASE_URL: platform.databaseUrl('postgres') };
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
