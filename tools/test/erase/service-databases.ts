import type { TestDatabase } from '@orderstream/testing';
import { databaseEnv, migratedDatabase } from '../notifications/ledger-fixture.ts';
import type { DatabaseName } from '../../src/platform/index.ts';

export const NAMES: readonly DatabaseName[] = ['order_api', 'analytics', 'notifier', 'worker'];

/** What `orderstream erase --json` says. */
export interface Report {
  readonly erased: boolean;
  readonly places: { table: string; rows: number }[];
  readonly waiting: object[];
  readonly remains_in_kafka: { topic: string; days: number }[];
}

/** Databases of a test's own, with the tables that the services make. */
export interface ServiceDatabases {
  /** Where the CLI finds them. */
  readonly env: NodeJS.ProcessEnv;
  query<Row extends object>(name: DatabaseName, text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

export async function serviceDatabases(): Promise<ServiceDatabases> {
  const databases = new Map<DatabaseName, TestDatabase>();
  let env: NodeJS.ProcessEnv = {};
  for (const name of NAMES) {
    const database = await migratedDatabase(name);
    databases.set(name, database);
    env = { ...env, ...databaseEnv(name, database) };
  }
  return {
    env,
    query: (name, text, values = []) => (databases.get(name) as TestDatabase).query(text, values),
    drop: async () => {
      for (const database of databases.values()) await database.drop();
    },
  };
}
