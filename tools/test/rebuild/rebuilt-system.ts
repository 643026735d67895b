import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { eventually, readTopic } from '@orderstream/testing';
import pg from 'pg';
import { Orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { asAdmin } from '../log/records.ts';
import type { SmallSystem } from '../operations/small-system.ts';

export type Target = 'analytics' | 'order-api';

export interface Rebuilt {
  exchanged: boolean;
  records: number;
  log_covers_from: string;
  carried_over: number;
  open_dead_letters: number;
  tables: { table: string; rows: number; added: number; changed: number; removed: number }[];
  held_up_ms: number;
  kept_in: string | null;
}

const DATABASE_OF = { analytics: 'analytics', 'order-api': 'order_api' } as const;
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

export function rebuild(system: SmallSystem, target: Target, ...more: string[]): Promise<Rebuilt> {
  return orderstreamJson<Rebuilt>(['rebuild', target, '--yes', ...more], system.env);
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
  const rows = await Promise.all(
    TABLES[target].map((table) =>
      system.rows<{ line: string }>(
        DATABASE_OF[target],
        `SELECT '${table} ' || t::text AS line FROM ${table} t`,
      ),
    ),
  );
  return rows
    .flat()
    .map(({ line }) => line)
    .sort();
}

/** Resolves once the worker has ruled on so many orders, and both targets have come past the end of the log. */
export async function untilSettled(system: SmallSystem, orders: number): Promise<void> {
  await eventually(
    async () => {
      for (const target of ['analytics', 'order-api'] as const) {
        const [row] = await system.rows<{ passed: number }>(
          DATABASE_OF[target],
          `SELECT coalesce(sum(next_offset), 0)::int AS passed FROM ${DATABASE_OF[target]}.consumer_positions
           WHERE consumer_group = '${target}' AND topic = 'orders'`,
        );
        expect(row?.passed).toBe((await ends()).reduce((sum, each) => sum + each, 0));
      }
      // Last: it reads all there is.
      const records = await readTopic('orders');
      expect(
        records.filter(({ headers }) => headers['event-type'] === 'order.confirmed').length,
      ).toBeGreaterThanOrEqual(orders);
    },
    { deadlineMs: 180_000, intervalMs: 250 },
  );
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
  const client = new pg.Client({ connectionString: system.platform.databaseUrl(DATABASE_OF[target]) });
  await client.connect();
  await client.query('BEGIN');
  await client.query(statement);
  return { end: () => client.end() };
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
    await eventually(
      async () => {
        const [row] = await this.#system.rows<{ n: number }>(
          'analytics',
          "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'analytics rebuild' AND wait_event_type = 'Lock'",
        );
        expect(row?.n).toBe(1);
      },
      { deadlineMs: 60_000, intervalMs: 20 },
    );
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
