import { join } from 'node:path';
import { alerts, createKafka, orders, payments, users } from '@orderstream/events';
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

/** The notifier as deployed, on a database of this test's own. The topic is the real one: look only at your own orders. */
export interface RunningNotifier {
  readonly database: TestDatabase;
  readonly url: string;
  /** Resolves when it is ready. */
  start(): Promise<SpawnedService>;
  /** Resolves as soon as it runs: it sends what is in the ledger long before it is a member of its group. */
  launch(): Promise<SpawnedService>;
}

export async function prepareNotifier(env: Readonly<Record<string, string>>): Promise<RunningNotifier> {
  const database = await testDatabase();
  await migrate({ url: database.url, schema: 'notifier', migrations });
  await beginAtEnd(database);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = {
    entry: join(import.meta.dirname, '../../dist/main.js'),
    env: {
      PORT: String(port),
      KAFKA_BROKERS: kafkaBrokers().join(','),
      DATABASE_URL: database.url,
      NODE_ENV: 'production',
      ...env,
    },
  };
  const start = () => spawnService({ ...service, readyUrl: `${url}/health/ready`, readyDeadlineMs: 60_000 });
  const launch = () => spawnService(service);
  return { database, url, start, launch };
}

/** What others have published before is no business of this test's. */
async function beginAtEnd(database: TestDatabase): Promise<void> {
  const admin = createKafka({ clientId: 'test', brokers: kafkaBrokers() }).admin();
  await admin.connect();
  for (const { name } of [orders, payments, users, alerts]) {
    const ends = await admin.fetchTopicOffsets(name);
    await database.query(
      `INSERT INTO notifier.consumer_positions (consumer_group, topic, partition, next_offset)
       SELECT 'notifier', $1, * FROM unnest($2::integer[], $3::bigint[])`,
      [name, ends.map(({ partition }) => partition), ends.map(({ high }) => high)],
    );
  }
  await admin.disconnect();
}
