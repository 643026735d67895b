import { join } from 'node:path';
import { createKafka, orders, retryTopic } from '@orderstream/events';
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

/** One running order-api. */
export interface Instance {
  readonly url: string;
  readonly process: SpawnedService;
}

/** order-api as deployed, on a database of this test's own. The topic is the real one: look only at your own order ids. */
export interface OrderApi {
  readonly database: TestDatabase;
  start(env?: Record<string, string>): Promise<Instance>;
  /** Stops what still runs and removes the database. */
  remove(): Promise<void>;
}

export async function prepareOrderApi(): Promise<OrderApi> {
  const database = await testDatabase();
  await migrate({ url: database.url, schema: 'order_api', migrations });
  await passOverOldRecords(database);
  const instances: (Instance & { readonly isCutOff: boolean })[] = [];
  return {
    database,
    start: async (env = {}) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const isCutOff = 'KAFKA_BROKERS' in env || 'DATABASE_URL' in env;
      const process = await spawnService({
        entry: join(import.meta.dirname, '../../dist/main.js'),
        env: {
          PORT: String(port),
          KAFKA_BROKERS: kafkaBrokers().join(','),
          DATABASE_URL: database.url,
          NODE_ENV: 'production',
          ...env,
        },
        // Whoever points it to a Kafka or PostgreSQL that is not there wants it to answer, not to be ready.
        readyUrl: `${url}/health/${isCutOff ? 'live' : 'ready'}`,
      });
      instances.push({ url, process, isCutOff });
      return { url, process };
    },
    remove: async () => {
      // In order: for a member that was killed Kafka waits ten seconds, and the next file's service with it.
      await Promise.all(
        instances.map(({ process, isCutOff }) => (isCutOff ? process.kill() : process.stop())),
      );
      await database.drop();
    },
  };
}

/** A new database would begin with everything the topic ever held. */
async function passOverOldRecords(database: TestDatabase): Promise<void> {
  const admin = createKafka({ clientId: 'test', brokers: kafkaBrokers() }).admin();
  await admin.connect();
  try {
    for (const topic of [orders.name, retryTopic(orders.name, 'order-api')]) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
        await database.query(
          `INSERT INTO order_api.consumer_positions (consumer_group, topic, partition, next_offset) VALUES ($1, $2, $3, $4)`,
          ['order-api', topic, partition, high],
        );
      }
    }
  } finally {
    await admin.disconnect();
  }
}
