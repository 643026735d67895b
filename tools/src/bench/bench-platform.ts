import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  allTopics,
  applyTopics,
  createKafka,
  orders,
  planTopics,
  type KafkaSettings,
  type Topic,
} from '@orderstream/events';
import pg from 'pg';
import { deleteLocalData } from '../platform/control.ts';
import {
  freePorts,
  orderstreamDir,
  startPlatform,
  type OnProgress,
  type Platform,
} from '../platform/index.ts';
import { migrateServices } from '../services/migrate-services.ts';

/** Where the stock way puts its orders: in `orders`, order-api would have to make a dead letter of each while it is measured. */
export const stockOrders: Topic = { ...orders, name: 'stock-orders', groups: [] };

/** A Kafka and PostgreSQL of the benchmark's own, empty at its start and gone at its end. */
export class BenchPlatform {
  readonly platform: Platform;
  readonly kafka: KafkaSettings;

  readonly #dataDir: string;

  private constructor(platform: Platform, dataDir: string) {
    this.platform = platform;
    this.#dataDir = dataDir;
    this.kafka = { clientId: 'bench', brokers: platform.kafkaBrokers.split(',') };
  }

  /** @throws PlatformError (`data-dir-in-use`) when another benchmark runs */
  static async start(
    onProgress: OnProgress,
    dataDir = join(orderstreamDir, 'bench'),
  ): Promise<BenchPlatform> {
    await deleteLocalData(dataDir);
    // Kafka's controller listens next to it.
    const kafkaPort = await freePorts(3);
    const ports = { kafkaPort, postgresPort: kafkaPort + 2 };
    const platform = await startPlatform({ dataDir, ...ports, forLoad: true, onProgress });
    // Commit times of rows, the clock of the latency benchmark; not known at the services' own PostgreSQL.
    const bench = new BenchPlatform(platform, dataDir);
    try {
      await bench.sql('postgres', 'ALTER SYSTEM SET track_commit_timestamp = on');
      await platform.stopPostgres();
      await platform.startPostgres();
      return bench;
    } catch (error) {
      await bench.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.platform.stop();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** One statement on a connection of its own. */
  async sql<Row extends object>(database: string, text: string, params: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.platform.databaseUrl(database as 'postgres') });
    await client.connect();
    try {
      return (await client.query<Row>(text, params)).rows;
    } finally {
      await client.end();
    }
  }

  /** Empty topics, empty databases, no groups: each round begins where the first one did. Nothing may be running. */
  async reset(): Promise<void> {
    await this.#resetKafka();
    for (const database of ['order_api', 'worker', 'analytics', 'notifier', 'stock']) {
      await this.sql('postgres', `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      await this.sql('postgres', `CREATE DATABASE ${database}`);
    }
    await migrateServices(this.platform, () => undefined);
    await this.sql('postgres', 'CHECKPOINT');
  }

  async #resetKafka(): Promise<void> {
    const admin = createKafka(this.kafka).admin();
    await admin.connect();
    try {
      const { groups } = await admin.listGroups();
      if (groups.length > 0) await admin.deleteGroups(groups.map(({ groupId }) => groupId));
      const existing = new Set(await admin.listTopics());
      const topics = [...allTopics(), stockOrders];
      const ours = topics.filter(({ name }) => existing.has(name));
      if (ours.length > 0) await admin.deleteTopics({ topics: ours.map(({ name }) => name) });
      // Deleting is asynchronous: creating succeeds once it is done.
      for (let attempt = 0; ; attempt += 1) {
        try {
          await applyTopics(admin, await planTopics(admin, topics));
          return;
        } catch (error) {
          if (attempt === 20) throw error;
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
      }
    } finally {
      await admin.disconnect();
    }
  }

  /** How many records a topic holds. */
  async recordsOn({ name }: Topic): Promise<number> {
    const admin = createKafka(this.kafka).admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(name);
      return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    } finally {
      await admin.disconnect();
    }
  }
}
