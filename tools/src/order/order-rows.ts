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

// By customer first, which is an index; suspicions of a contact are few, and name at most 20 of its customers.
const SUSPICIONS = `
  SELECT rule, subject_type, subject_id, score, window_start, window_end, detected_at
    FROM warehouse.orders o JOIN warehouse.fraud_suspicions s ON
         s.subject_type = 'customer' AND s.subject_id = o.customer_id AND CASE s.rule
           WHEN 'amount_outlier' THEN s.evidence ->> 'order_id' = o.order_id::text
           WHEN 'failed_payments' THEN EXISTS (SELECT FROM warehouse.payments p
             WHERE p.order_id = o.order_id AND p.outcome = 'failed' AND p.occurred_at BETWEEN s.window_start AND s.window_end)
           ELSE o.created_at BETWEEN s.window_start AND s.window_end END
      OR s.subject_type = 'contact' AND s.evidence -> 'customer_ids' ? o.customer_id
         AND o.created_at BETWEEN s.window_start AND s.window_end
   WHERE o.order_id = $1 ORDER BY detected_at`;

interface Query {
  readonly table: string;
  /** `$1` is the order's id. */
  readonly text: string;
}

const QUERIES: Readonly<Record<DatabaseName, readonly Query[]>> = {
  order_api: [
    {
      table: 'order_api.orders',
      text: `SELECT status, customer_id, currency, amount_total, created_at, updated_at,
                    (SELECT count(*)::int FROM order_api.order_events e WHERE e.order_id = o.order_id) AS events
               FROM order_api.orders o WHERE order_id = $1`,
    },
  ],
  worker: [
    {
      table: 'worker.orders',
      text: `SELECT status, customer_id, currency, amount_total, created_at, updated_at FROM worker.orders WHERE order_id = $1`,
    },
    {
      table: 'worker.payments',
      text: `SELECT payment_id, outcome, currency, amount, method, failure_code, flag, waiting IS NOT NULL AS waiting, event_id,
                    reported_at FROM worker.payments WHERE order_id = $1 ORDER BY seq`,
    },
    {
      table: 'worker.cancellations',
      text: `SELECT event_id, refusal, requested_at FROM worker.cancellations WHERE order_id = $1 ORDER BY requested_at, event_id`,
    },
  ],
  analytics: [
    {
      table: 'warehouse.orders',
      text: `SELECT status, customer_id, currency, amount_total, item_count, created_at, confirmed_at, rejected_at, paid_at,
                    cancelled_at FROM warehouse.orders WHERE order_id = $1`,
    },
    {
      table: 'warehouse.payments',
      text: `SELECT payment_id, outcome, currency, amount, method, failure_code, occurred_at
               FROM warehouse.payments WHERE order_id = $1 ORDER BY occurred_at, payment_id`,
    },
    { table: 'warehouse.fraud_suspicions', text: SUSPICIONS },
  ],
  notifier: [
    {
      table: 'notifier.notifications',
      text: `SELECT event_id, channel, recipient, template, state, attempts, message_id, gateway_id, reason_code, reason_status,
                    created_at, updated_at FROM notifier.notifications WHERE order_id = $1 ORDER BY created_at, notification_id`,
    },
  ],
};

const POSITIONS = `SELECT consumer_group, topic, partition, next_offset::float8 AS next_offset
  FROM consumer_positions WHERE topic = ANY($1)`;

/** Looks into every service's own database; one that cannot be seen is said so and the others are shown. */
export async function rowsOfOrder(orderId: string, flags: Partial<DatabaseFlags>): Promise<OrderRows> {
  const positions = new Map<string, Map<string, number>>();
  const databases = Object.keys(QUERIES) as DatabaseName[];
  const holdings = await Promise.all(
    databases.map(async (database): Promise<Holding[]> => {
      const queries = QUERIES[database];
      try {
        return await onDatabase(database, flags, async (client) => {
          const found: Holding[] = [];
          for (const { table, text } of queries) {
            const { rows } = await client.query<Row>(text, [orderId]);
            found.push({ database, table, rows, problem: undefined });
          }
          await readPositions(client, positions);
          return found;
        });
      } catch (error) {
        const problem = (error as Error).message;
        return queries.map(({ table }) => ({ database, table, rows: [], problem }));
      }
    }),
  );
  return { holdings: holdings.flat(), positions };
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
