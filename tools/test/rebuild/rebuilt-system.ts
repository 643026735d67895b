import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { eventually, readTopic } from '@orderstream/testing';
import pg from 'pg';
import { runRebuildProcess, type RebuildWish } from '../../src/rebuild/rebuild-process.ts';
import { serviceEnvironment, SERVICES, type ServiceDefinition } from '../../src/services/services.ts';
import { Orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { asAdmin, produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';

export type Target = 'analytics' | 'order-api';

export interface Rebuilt {
  exchanged: boolean;
  records: number;
  log_covers_from: string;
  carried_over: number;
  open_dead_letters: number;
  tables: readonly { table: string; rows: number; added: number; changed: number; removed: number }[];
  held_up_ms: number;
  kept_in: string | null;
}

const DATABASE_OF = { analytics: 'analytics', 'order-api': 'order_api' } as const;
const GROUPS = ['worker', 'analytics', 'order-api'] as const;
const TABLES: Record<Target, readonly string[]> = {
  analytics: [
    'warehouse.orders',
    'warehouse.order_items',
    'warehouse.revenue_per_minute',
    'warehouse.product_sales',
    'warehouse.payments',
    'warehouse.payments_per_minute',
    'warehouse.users',
  ],
  'order-api': ['order_api.orders', 'order_api.order_events'],
};

/** Orders that are there from the beginning. */
export const ORDERS = 60;

/** What a rebuild is about, with its orders handled. */
export async function startWithOrders(): Promise<SmallSystem> {
  const system = await SmallSystem.start('worker', 'analytics', 'order-api');
  await produce(Array.from({ length: ORDERS }, () => orderRecord('ada')));
  await untilSettled(system);
  return system;
}

export function rebuild(system: SmallSystem, target: Target, ...more: string[]): Promise<Rebuilt> {
  return orderstreamJson<Rebuilt>(['rebuild', target, '--yes', ...more], system.env);
}

/** What the command runs, without the command's own process: where only the tables are looked at. */
export async function runRebuild(
  { platform }: SmallSystem,
  target: Target,
  wish: Partial<RebuildWish> = {},
  onProgress: (line: string) => void = () => undefined,
): Promise<Rebuilt> {
  const service = SERVICES.find(({ name }) => name === target) as ServiceDefinition;
  const done = await runRebuildProcess(
    { lock_seconds: 20, ...wish },
    {
      service,
      env: serviceEnvironment(service, platform),
      stop: { signal: new AbortController().signal, requested: new Promise(() => undefined) },
      onProgress,
    },
  );
  if ('was_there' in done) throw new Error('it was not asked to drop anything');
  return done;
}

/** The warehouse's and the read model's, side by side: they share nothing but the log. */
export function both<T>(rebuildOf: (target: Target) => Promise<T>): Promise<[T, T]> {
  return Promise.all([rebuildOf('analytics'), rebuildOf('order-api')]);
}

/** Tables of the warehouse that a rebuild compares, too, and leaves as they are where only orders are at stake. */
export const AS_THEY_WERE: Readonly<Record<string, [number, number, number]>> = {
  'warehouse.product_sales': [0, 0, 0],
  'warehouse.payments': [0, 0, 0],
  'warehouse.payments_per_minute': [0, 0, 0],
  'warehouse.users': [0, 0, 0],
};

/** Rows that a report says were added, changed and removed, by table. */
export function changesIn({ tables }: Rebuilt): Record<string, [number, number, number]> {
  return Object.fromEntries(
    tables.map(({ table, added, changed, removed }) => [table, [added, changed, removed]]),
  );
}

/** Every row of the target's tables as text, in order. */
export async function everyRow(system: SmallSystem, target: Target): Promise<string[]> {
  const rows = await system.rows<{ line: string }>(
    DATABASE_OF[target],
    TABLES[target]
      .map((table) => `SELECT '${table} ' || t::text AS line FROM ${table} t`)
      .join(' UNION ALL '),
  );
  return rows.map(({ line }) => line).sort();
}

/** Resolves once the worker has ruled on every order, and both targets have come past the end of the log. */
export async function untilSettled(system: SmallSystem): Promise<void> {
  await eventually(
    async () => {
      const passed = await Promise.all(GROUPS.map((group) => passedBy(system, group)));
      const end = (await ends()).reduce((sum, each) => sum + each, 0);
      expect(passed).toEqual(GROUPS.map(() => end));
      // Last: it reads all there is.
      const records = await readTopic('orders');
      const ordersOf = (type: string) =>
        records.filter(({ headers }) => headers['event-type'] === type).map(({ key }) => key);
      const confirmed = new Set(ordersOf('order.confirmed'));
      expect(ordersOf('order.created').filter((order) => !confirmed.has(order))).toEqual([]);
    },
    { deadlineMs: 180_000, intervalMs: 250 },
  );
}

/** How far a group has come, all partitions together; undefined while it has something to send. */
async function passedBy(system: SmallSystem, group: (typeof GROUPS)[number]): Promise<number | undefined> {
  const schema = group === 'order-api' ? 'order_api' : group;
  const [row] = await system.rows<{ passed: number }>(
    schema,
    `SELECT sum(next_offset)::int AS passed FROM ${schema}.consumer_positions
     WHERE consumer_group = '${group}' AND topic = 'orders' HAVING NOT EXISTS (SELECT FROM ${schema}.outbox)`,
  );
  return row?.passed;
}

async function ends(): Promise<number[]> {
  return asAdmin(async (admin) => (await admin.fetchTopicOffsets('orders')).map(({ high }) => Number(high)));
}

/** Lets no rebuild come to its exchange; the group goes on. */
export const POSITIONS_IN_USE = 'LOCK TABLE analytics.consumer_positions IN ROW EXCLUSIVE MODE';

/** A transaction that stands in somebody's way until it is ended. */
export async function holding(
  system: SmallSystem,
  target: Target,
  statement: string,
): Promise<{ end(): Promise<void> }> {
  const client = await connected(system, target);
  await client.query('BEGIN');
  await client.query(statement);
  return { end: () => client.end() };
}

async function connected(system: SmallSystem, target: Target): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: system.platform.databaseUrl(DATABASE_OF[target]) });
  await client.connect();
  return client;
}

/** A rebuild under way, and whether PostgreSQL says that it waits for a lock. */
export class Underway {
  readonly command: Orderstream;
  readonly #system: SmallSystem;

  constructor(system: SmallSystem, target: Target, ...more: string[]) {
    this.#system = system;
    this.command = new Orderstream(['rebuild', target, '--yes', ...more], system.env);
  }

  /** Resolves once it waits for somebody who is in its way. */
  async untilWaiting(): Promise<void> {
    const client = await connected(this.#system, 'analytics');
    await eventually(
      async () => {
        const { rows } = await client.query<{ n: number }>(
          "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'analytics rebuild' AND wait_event_type = 'Lock'",
        );
        expect(rows).toEqual([{ n: 1 }]);
      },
      { deadlineMs: 60_000, intervalMs: 100 },
    ).finally(() => client.end());
  }

  /** The service's own process, which does the work. */
  async workerPid(): Promise<number> {
    const { pid } = this.command.process;
    return eventually(async () => {
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      const [child] = children.trim().split(' ');
      if (child === undefined || child === '') throw new Error('no child yet');
      return Number(child);
    });
  }

  /** As the kernel would end it: nothing is cleaned up by it. */
  async kill(): Promise<void> {
    this.command.process.kill('SIGKILL');
    await once(this.command.process, 'exit').catch(() => undefined);
  }
}
