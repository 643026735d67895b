import { setTimeout as sleep } from 'node:timers/promises';
import { EventProducer } from '@orderstream/events';
import { eventually, readTopic } from '@orderstream/testing';
import pg from 'pg';
import { asAdmin, kafkaSettings } from '../log/records.ts';
import { orderRecord, type SmallSystem } from '../operations/small-system.ts';
import {
  AS_THEY_WERE,
  both,
  changesIn,
  holding,
  ORDERS,
  runRebuild,
  untilSettled,
  type Rebuilt,
  type Target,
} from './rebuilt-system.ts';

/** How much comes, and how soon a reader asks again: brisk only while rows are exchanged, for otherwise it costs CPU and shows nothing. */
const PACE = {
  calm: { orders: 2, sendEveryMs: 200, readPauseMs: 15 },
  brisk: { orders: 5, sendEveryMs: 50, readPauseMs: 5 },
};
/** Less than the group may be held up for. */
const MIDWAY = { deadlineMs: 10_000, intervalMs: 10 };

/** On settled orders, all of which the log still tells. */
export function swapsWithoutAGap(running: () => SmallSystem): void {
  describe('a rebuild while orders flow', () => {
    let system: SmallSystem;
    beforeAll(() => {
      system = running();
    });

    it('readers see no error and no number go down; what was corrupted is right, nothing else is touched', async () => {
      await system.rows('analytics', 'CREATE VIEW public.of_somebody AS SELECT * FROM warehouse.orders');
      const damaged = await damage(system);
      const traffic = new Traffic();
      const readers = {
        analytics: new Reader(system, 'analytics', [
          'SELECT count(*)::int AS n FROM warehouse.orders',
          'SELECT sum(orders_created)::int AS n FROM warehouse.revenue_per_minute',
          "SELECT count(*)::int AS n FROM public.of_somebody WHERE status <> 'accepted'",
          'SELECT count(*)::int AS n FROM warehouse.orders o JOIN warehouse.order_items USING (order_id)',
        ]),
        'order-api': new Reader(system, 'order-api', [
          "SELECT count(*)::int AS n FROM orders WHERE status IN ('confirmed', 'paid')",
          'SELECT count(*)::int AS n FROM orders JOIN order_events USING (order_id)',
        ]),
      };

      const would = await runRebuild(system, 'analytics', { dry_run: true });
      for (const each of [traffic, ...Object.values(readers)]) each.pace = PACE.brisk;
      const [warehouse, readModel] = await both((target) =>
        rebuildPausingMidway(system, target, damaged, async () => {
          await Promise.all([traffic.untilMoreIsAccepted(), readers[target].untilItHasReadMore()]);
        }),
      );
      await both((target) => readers[target].untilItHasReadMore());
      await traffic.end();
      expect(await both((target) => readers[target].end())).toEqual([[], []]);

      expect(warehouse.exchanged).toBe(true);
      expect(warehouse.records).toBeGreaterThan(2 * ORDERS);
      expect(changesIn(warehouse)).toEqual({
        'warehouse.orders': [1, 1, 0],
        'warehouse.order_items': [1, 0, 0],
        'warehouse.revenue_per_minute': [0, 1, 0],
        ...AS_THEY_WERE,
      });
      expect(changesIn(would)).toEqual(changesIn(warehouse));
      expect(changesIn(readModel)).toEqual({
        'order_api.orders': [0, 1, 0],
        'order_api.order_events': [1, 0, 0],
      });
      // The rows as they were before are kept.
      const kept = await system.rows<{ amount_total: string }>(
        'analytics',
        'SELECT amount_total FROM warehouse_before_rebuild.orders',
      );
      expect(kept).toEqual([{ amount_total: '1' }]);

      await untilSettled(system);
      const all = await told();
      expect(all).toHaveLength(ORDERS + traffic.sent);
      expect(await shown(system, 'analytics')).toEqual(all);
      expect(await shown(system, 'order-api')).toEqual(all);
      const [view] = await system.rows<{ amount_total: string }>(
        'analytics',
        'SELECT amount_total FROM public.of_somebody WHERE order_id = $1',
        [damaged],
      );
      expect(view?.amount_total).toBe('450');
      for (const again of await both((target) => runRebuild(system, target, { dry_run: true }))) {
        expect(new Set(Object.values(changesIn(again)).flat())).toEqual(new Set([0]));
      }
      const { groups } = await asAdmin((admin) => admin.listGroups());
      expect(groups.filter(({ groupId }) => groupId.endsWith('.rebuild'))).toEqual([]);
      const drafts = await system.rows(
        'analytics',
        "SELECT FROM pg_namespace WHERE nspname = 'warehouse_rebuild'",
      );
      expect(drafts).toEqual([]);
    }, 360_000);
  });
}

/** A wrong amount, a lost order and a wrong sum; a wrong status and a lost step. @returns the order with the wrong amount */
async function damage(system: SmallSystem): Promise<string> {
  const [wrong, lost] = await system.rows<{ order_id: string }>(
    'analytics',
    'SELECT order_id FROM warehouse.orders ORDER BY 1 LIMIT 2',
  );
  await system.rows('analytics', 'UPDATE warehouse.orders SET amount_total = 1 WHERE order_id = $1', [
    wrong?.order_id,
  ]);
  await system.rows('analytics', 'DELETE FROM warehouse.order_items WHERE order_id = $1', [lost?.order_id]);
  await system.rows('analytics', 'DELETE FROM warehouse.orders WHERE order_id = $1', [lost?.order_id]);
  await system.rows(
    'analytics',
    `UPDATE warehouse.revenue_per_minute SET orders_created = orders_created - 1
     WHERE minute = (SELECT min(minute) FROM warehouse.revenue_per_minute WHERE orders_created > 0)`,
  );
  await system.rows('order_api', "UPDATE order_api.orders SET status = 'accepted' WHERE order_id = $1", [
    wrong?.order_id,
  ]);
  await system.rows(
    'order_api',
    "DELETE FROM order_api.order_events WHERE order_id = $1 AND event_type = 'order.confirmed'",
    [lost?.order_id],
  );
  return wrong?.order_id as string;
}

/** An exchange lasts some 50 ms. This one waits for the wrong order's row, halfway and with the group held, until `midway` has resolved. */
async function rebuildPausingMidway(
  system: SmallSystem,
  target: Target,
  wrongOrder: string,
  midway: () => Promise<void>,
): Promise<Rebuilt> {
  const table = target === 'analytics' ? 'warehouse.orders' : 'order_api.orders';
  const inTheWay = await holding(
    system,
    target,
    `SELECT FROM ${table} WHERE order_id = '${wrongOrder}' FOR UPDATE`,
  );
  const exchanging = Promise.withResolvers<void>();
  const rebuilt = runRebuild(system, target, {}, (line) => {
    if (line === 'caught up: exchanging') exchanging.resolve();
  });
  try {
    // While the row is in use it can only fail: that is then what this throws.
    await Promise.race([exchanging.promise, rebuilt]);
    await midway();
  } finally {
    await inTheWay.end();
  }
  return rebuilt;
}

/** Orders that come all the time. */
class Traffic {
  sent = 0;
  pace = PACE.calm;
  #isOver = false;
  readonly #done: Promise<void>;

  constructor() {
    this.#done = this.#flow();
  }

  /** Resolves once orders were accepted that were not on their way before. */
  async untilMoreIsAccepted(): Promise<void> {
    const before = this.sent;
    await eventually(() => this.sent >= before + 2 * this.pace.orders, MIDWAY);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #flow(): Promise<void> {
    const producer = new EventProducer(kafkaSettings(), { sendTimeoutMs: 30_000 });
    while (!this.#isOver) {
      const { orders, sendEveryMs } = this.pace;
      // A pace, not a wait for anything.
      const next = sleep(sendEveryMs);
      const outcomes = await producer.sendAll(Array.from({ length: orders }, () => orderRecord('grace')));
      expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
      this.sent += outcomes.length;
      await next;
    }
    await producer.close();
  }
}

/** One connection with prepared statements, which asks again and again and notes what should not be. */
class Reader {
  pace = PACE.calm;
  readonly #mistakes: string[] = [];
  readonly #client: pg.Client;
  readonly #done: Promise<void>;
  #rounds = 0;
  #isOver = false;

  constructor(system: SmallSystem, target: Target, queries: readonly string[]) {
    const database = target === 'analytics' ? 'analytics' : 'order_api';
    this.#client = new pg.Client({
      connectionString: system.platform.databaseUrl(database),
      // Whoever only reads waits for no lock.
      options: `-c search_path=${database},public -c lock_timeout=2000`,
    });
    this.#done = this.#read(queries);
  }

  async untilItHasReadMore(): Promise<void> {
    const before = this.#rounds;
    await eventually(() => this.#rounds >= before + 3, MIDWAY);
  }

  async end(): Promise<readonly string[]> {
    this.#isOver = true;
    await this.#done;
    expect(this.#rounds).toBeGreaterThan(20);
    return this.#mistakes;
  }

  async #read(queries: readonly string[]): Promise<void> {
    await this.#client.connect();
    const last = queries.map(() => 0);
    for (; !this.#isOver; this.#rounds += 1) {
      for (const [index, text] of queries.entries()) {
        try {
          const { rows } = await this.#client.query<{ n: number }>({ name: `q${index}`, text });
          const n = rows[0]?.n ?? -1;
          if (n < (last[index] as number)) this.#mistakes.push(`${text}: ${last[index]}, then ${n}`);
          last[index] = n;
        } catch (error) {
          this.#mistakes.push(String(error));
        }
      }
      await sleep(this.pace.readPauseMs);
    }
    await this.#client.end();
  }
}

/** Every order with its amount and times, as the log tells them. */
async function told(): Promise<string[]> {
  const orders = new Map<string, { amount: number; created?: string; confirmed?: string }>();
  for (const { key, value } of await readTopic('orders')) {
    const event = JSON.parse(value as string) as {
      event_type: string;
      timestamp: string;
      payload: { amount_total: number };
    };
    const order = orders.get(key as string) ?? { amount: event.payload.amount_total };
    if (event.event_type === 'order.created') order.created = event.timestamp;
    if (event.event_type === 'order.confirmed') order.confirmed = event.timestamp;
    orders.set(key as string, order);
  }
  return [...orders]
    .map(([id, { amount, created, confirmed }]) => `${id} ${amount} ${created} ${confirmed}`)
    .sort();
}

async function shown(system: SmallSystem, target: Target): Promise<string[]> {
  const iso = (column: string): string =>
    `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const rows =
    target === 'analytics'
      ? await system.rows<{ line: string }>(
          'analytics',
          `SELECT concat_ws(' ', order_id, amount_total, ${iso('created_at')}, ${iso('confirmed_at')}) AS line FROM warehouse.orders`,
        )
      : await system.rows<{ line: string }>(
          'order_api',
          `SELECT concat_ws(' ', o.order_id, o.amount_total, ${iso('o.created_at')}, e.event->>'timestamp') AS line
           FROM order_api.orders o JOIN order_api.order_events e ON e.order_id = o.order_id AND e.event_type = 'order.confirmed'
           WHERE o.status = 'confirmed'`,
        );
  return rows.map(({ line }) => line).sort();
}
