import { groupTopics } from '@orderstream/events';
import type { TestDatabase } from '@orderstream/testing';
import { databaseEnv, migratedDatabase } from '../notifications/ledger-fixture.ts';
import { DATABASE_OF } from '../../src/order/service-databases.ts';
import type { DatabaseName } from '../../src/platform/index.ts';

export const NAMES: readonly DatabaseName[] = ['order_api', 'analytics', 'notifier', 'worker'];

/** What `orderstream erase --json` says. */
export interface Report {
  readonly erased: boolean;
  readonly places: { table: string; rows: number }[];
  readonly waiting: object[];
  readonly leftovers: { schema: string; how: string }[];
  readonly remains_in_kafka: { topic: string; days: number }[];
}

/** Databases of a test's own, with the tables that the services make. */
export interface ServiceDatabases {
  /** Where the CLI finds them. */
  readonly env: NodeJS.ProcessEnv;
  query<Row extends object>(name: DatabaseName, text: string, values?: unknown[]): Promise<Row[]>;
  url(name: DatabaseName): string;
  drop(): Promise<void>;
}

/** Past all that others may write into the tests' Kafka meanwhile. */
const AHEAD = 1_000_000_000_000;
const PARTITIONS = 6;

/** Every group has handled what there is. */
async function enterPositions(name: DatabaseName, database: TestDatabase): Promise<void> {
  for (const { group, topic } of groupTopics.filter((each) => DATABASE_OF[each.group] === name)) {
    await database.query(
      `INSERT INTO ${name}.consumer_positions (consumer_group, topic, partition, next_offset)
       SELECT $1, $2, partition, $3 FROM generate_series(0, $4 - 1) AS partition`,
      [group, topic, AHEAD, PARTITIONS],
    );
  }
}

export async function serviceDatabases(): Promise<ServiceDatabases> {
  const databases = new Map<DatabaseName, TestDatabase>();
  let env: NodeJS.ProcessEnv = {};
  const made = NAMES.map(async (name) => {
    const database = await migratedDatabase(name);
    await enterPositions(name, database);
    databases.set(name, database);
    env = { ...env, ...databaseEnv(name, database) };
  });
  await Promise.all(made);
  return {
    env,
    query: (name, text, values = []) => (databases.get(name) as TestDatabase).query(text, values),
    url: (name) => (databases.get(name) as TestDatabase).url,
    drop: async () => {
      for (const database of databases.values()) await database.drop();
    },
  };
}
