import { join } from 'node:path';
import { createKafka, orders, payments, retryTopic } from '@orderstream/events';
import {
  freePort,
  kafkaBrokers,
  spawnService,
  testDatabase,
  type SpawnedService,
  type TestDatabase,
} from '@orderstream/testing';
import { migrate } from '@orderstream/transactional';
import { migrations } from '#migrations';

/** The worker as deployed, on a database of this test's own. The topic is the real one: look only at your own order ids. */
export interface RunningWorker {
  readonly database: TestDatabase;
  readonly url: string;
  start(env?: Record<string, string>): Promise<SpawnedService>;
}

export async function prepareWorker(): Promise<RunningWorker> {
  const database = await testDatabase();
  await migrate({ url: database.url, schema: 'worker', migrations });
  await passOverOldRecords(database);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = (env: Record<string, string> = {}): Promise<SpawnedService> =>
    spawnService({
      entry: join(import.meta.dirname, '../../dist/main.js'),
      env: {
        PORT: String(port),
        KAFKA_BROKERS: kafkaBrokers().join(','),
        DATABASE_URL: database.url,
        NODE_ENV: 'production',
        ...env,
      },
      readyUrl: `${url}/health/ready`,
    });
  return { database, url, start };
}

/** A new database would begin with everything the topics ever held, and rule on it again. */
async function passOverOldRecords(database: TestDatabase): Promise<void> {
  const admin = createKafka({ clientId: 'test', brokers: kafkaBrokers() }).admin();
  await admin.connect();
  try {
    for (const { name } of [orders, payments]) {
      for (const topic of [name, retryTopic(name, 'worker')]) {
        for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
          await database.query(
            `INSERT INTO worker.consumer_positions (consumer_group, topic, partition, next_offset) VALUES ('worker', $1, $2, $3)`,
            [topic, partition, high],
          );
        }
      }
    }
  } finally {
    await admin.disconnect();
  }
}
