import type pg from 'pg';
import type { DatabaseName } from '../platform/index.ts';
import { onDatabase, type DatabaseFlags } from './service-databases.ts';

/** A row as it stands; times are Dates, big numbers are text. */
export type Row = Readonly<Record<string, unknown>>;

/** What a service's database holds of an order, or why that cannot be seen. */
export interface Holding {
  readonly database: DatabaseName;
  readonly table: string;
  readonly rows: readonly Row[];
  readonly problem: string | undefined;
}

/** A group's next offset in the partitions it has touched, as `topic/partition`. */
export type Positions = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface OrderRows {
  readonly holdings: readonly Holding[];
  /** By group. A group whose database cannot be seen is missing. */
  readonly positions: Positions;
}

const QUERIES: readonly { database: DatabaseName; table: string; text: string }[] = [
  {
    database: 'order_api',
    table: 'order_api.orders',
    text: `SELECT status, customer_id, currency, amount_total, created_at, updated_at,
                  (SELECT count(*)::int FROM order_api.order_events e WHERE e.order_id = o.order_id) AS events
             FROM order_api.orders o WHERE order_id = $1`,
  },
  {
    database: 'worker',
    table: 'worker.orders',
    text: `SELECT status, customer_id, currency, amount_total, created_at, updated_at FROM worker.orders WHERE order_id = $1`,
  },
  {
    database: 'analytics',
    table: 'warehouse.orders',
    text: `SELECT status, customer_id, currency, amount_total, item_count, created_at, confirmed_at, rejected_at, paid_at,
                  cancelled_at FROM warehouse.orders WHERE order_id = $1`,
  },
  {
    database: 'notifier',
    table: 'notifier.notifications',
    text: `SELECT event_id, channel, recipient, template, state, attempts, message_id, reason_code, reason_status,
                  created_at, updated_at FROM notifier.notifications WHERE order_id = $1 ORDER BY created_at, channel`,
  },
];

const POSITIONS = `SELECT consumer_group, topic, partition, next_offset::float8 AS next_offset
  FROM consumer_positions WHERE topic = ANY($1)`;

/** Looks into every service's own database; one that cannot be seen is said so and the others are shown. */
export async function rowsOfOrder(orderId: string, flags: Partial<DatabaseFlags>): Promise<OrderRows> {
  const positions = new Map<string, Map<string, number>>();
  const holdings = await Promise.all(
    QUERIES.map(async ({ database, table, text }): Promise<Holding> => {
      try {
        return await onDatabase(database, flags, async (client) => {
          const { rows } = await client.query<Row>(text, [orderId]);
          await readPositions(client, positions);
          return { database, table, rows, problem: undefined };
        });
      } catch (error) {
        return { database, table, rows: [], problem: (error as Error).message };
      }
    }),
  );
  return { holdings, positions };
}

async function readPositions(client: pg.Client, into: Map<string, Map<string, number>>): Promise<void> {
  const { rows } = await client.query<{
    consumer_group: string;
    topic: string;
    partition: number;
    next_offset: number;
  }>(POSITIONS, [['orders', 'payments']]);
  for (const { consumer_group: group, topic, partition, next_offset } of rows) {
    const ofGroup = into.get(group) ?? new Map<string, number>();
    into.set(group, ofGroup.set(`${topic}/${partition}`, next_offset));
  }
}
