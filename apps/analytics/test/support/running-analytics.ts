import { join } from 'node:path';
import {
  createKafka,
  EventProducer,
  orders,
  recordOf,
  retryTopic,
  sourceTopics,
  type OutgoingRecord,
} from '@orderstream/events';
import { freePort, kafkaBrokers, spawnService, type SpawnedService } from '@orderstream/testing';
import type { OrderEvent } from '../../src/orders/order-fact.ts';
import { Warehouse } from './warehouse.ts';

/** Analytics as deployed, on a database of this test's own. The topic is the real one: look only at your own orders. */
export class RunningAnalytics {
  readonly warehouse: Warehouse;
  readonly url: string;
  readonly #port: number;
  readonly #env: Record<string, string>;
  readonly #producer = new EventProducer(
    { clientId: 'test', brokers: kafkaBrokers() },
    { sendTimeoutMs: 30_000 },
  );
  #service: SpawnedService | undefined;

  /** @param env what is set beside the addresses */
  static async prepare(env: Record<string, string> = {}): Promise<RunningAnalytics> {
    const warehouse = await Warehouse.open();
    await skipHistory(warehouse);
    return new RunningAnalytics(warehouse, await freePort(), env);
  }

  private constructor(warehouse: Warehouse, port: number, env: Record<string, string>) {
    this.warehouse = warehouse;
    this.#env = env;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Does nothing when it runs already. */
  async start(): Promise<void> {
    this.#service ??= await this.#spawn();
  }

  #spawn(): Promise<SpawnedService> {
    return spawnService({
      entry: join(import.meta.dirname, '../../dist/main.js'),
      env: {
        PORT: String(this.#port),
        KAFKA_BROKERS: kafkaBrokers().join(','),
        DATABASE_URL: this.warehouse.database.url,
        NODE_ENV: 'production',
        ...this.#env,
      },
      readyUrl: `${this.url}/health/ready`,
    });
  }

  /** As a crash would end it. */
  async kill(): Promise<void> {
    await this.#service?.kill();
    this.#service = undefined;
  }

  /** It neither answers nor hangs up. */
  freeze(): void {
    if (this.#service !== undefined) process.kill(this.#service.pid, 'SIGSTOP');
  }

  thaw(): void {
    if (this.#service !== undefined) process.kill(this.#service.pid, 'SIGCONT');
  }

  /** As an orchestrator ends it. @returns its exit code */
  async stop(): Promise<number | null | undefined> {
    const exit = await this.#service?.stop();
    this.#service = undefined;
    return exit?.code;
  }

  /** Puts events on their topic as order-api and the worker do. */
  async publish(...events: OrderEvent[]): Promise<void> {
    await this.send(...events.map((event) => recordOf(orders.name, event.payload.order_id, event)));
  }

  /** Puts records on their topics, whatever is in them. */
  async send(...records: OutgoingRecord[]): Promise<void> {
    for (const outcome of await this.#producer.sendAll(records)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#producer.close();
    await this.warehouse.close();
  }
}

/**
 * What other tests left on the topics counts as consumed: a database without positions would begin at the log's beginning, and what was
 * handed back to a group there was given up in another database.
 */
async function skipHistory(warehouse: Warehouse): Promise<void> {
  const admin = createKafka({ clientId: 'test', brokers: kafkaBrokers() }).admin();
  await admin.connect();
  try {
    for (const group of ['analytics', 'fraud'] as const)
      for (const { name } of sourceTopics.filter(({ groups }) => groups.includes(group)))
        for (const topic of [name, retryTopic(name, group)])
          for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
            await warehouse.rows(
              `INSERT INTO analytics.consumer_positions (consumer_group, topic, partition, next_offset)
               VALUES ($1, $2, $3, $4)`,
              [group, topic, partition, high],
            );
          }
  } finally {
    await admin.disconnect();
  }
}
