import { eventually } from '@orderstream/testing';
import { orderstream } from '../cli/orderstream.ts';
import { SmallSystem } from '../operations/small-system.ts';
import type { Summary } from '../../src/simulate/summary.ts';

const QUERIES: Readonly<
  Record<keyof Omit<Summary['expected'], 'orders_by_status' | 'top_products'>, string>
> = {
  orders: `SELECT sum(orders_created)::int AS created, sum(orders_confirmed)::int AS confirmed, sum(orders_rejected)::int AS rejected,
      sum(orders_paid)::int AS paid, sum(orders_cancelled)::int AS cancelled FROM warehouse.revenue_per_minute`,
  revenue: `SELECT currency, sum(orders_created)::int AS orders_created, sum(amount_created)::float AS amount_created,
      sum(amount_confirmed)::float AS amount_confirmed, sum(amount_paid)::float AS amount_paid, sum(amount_cancelled)::float AS amount_cancelled
      FROM warehouse.revenue_per_minute GROUP BY currency ORDER BY currency`,
  payments: `SELECT currency, sum(payments_succeeded)::int AS succeeded, sum(payments_failed)::int AS failed,
      sum(amount_succeeded)::float AS amount_succeeded FROM warehouse.payments_per_minute GROUP BY currency ORDER BY currency`,
  users_registered: 'SELECT count(*)::int AS n FROM warehouse.users',
  web_events:
    'SELECT event_type, sum(events)::int AS n FROM warehouse.web_events_per_minute GROUP BY 1 ORDER BY 1',
  funnel: `SELECT sum(sessions)::int AS sessions, sum(viewed)::int AS viewed, sum(added_to_cart)::int AS added_to_cart,
      sum(checked_out)::int AS checked_out, sum(purchased)::int AS purchased FROM warehouse.funnel_per_minute`,
};
const TOP_PRODUCTS = `
  SELECT sku, sum(pieces)::int AS pieces_sold, sum(views)::int AS views, sum(cart_adds)::int AS cart_adds FROM (
    SELECT sku, pieces_confirmed - pieces_cancelled AS pieces, 0 AS views, 0 AS cart_adds FROM warehouse.product_sales
    UNION ALL SELECT sku, 0, views, cart_adds FROM warehouse.product_interest
  ) AS activity GROUP BY sku ORDER BY pieces_sold DESC, views DESC, sku COLLATE "C" LIMIT 10`;

describe('a simulation with bad input and fraud, analytics killed twice in between', () => {
  let system: SmallSystem;
  beforeAll(async () => {
    system = await SmallSystem.start('order-api', 'worker', 'analytics');
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  const killAndStart = async (whenEvents: number): Promise<void> => {
    await eventually(
      async () => {
        const [row] = await system.rows<{ n: number }>(
          'analytics',
          'SELECT count(*)::int AS n FROM warehouse.web_events',
        );
        expect(row?.n).toBeGreaterThan(whenEvents);
      },
      { deadlineMs: 60_000, intervalMs: 50 },
    );
    await system.killService('analytics');
    await system.startService('analytics');
  };

  it('its summary equals the warehouse, to the unit', async () => {
    const args = [
      'simulate',
      '--url',
      system.url('order-api'),
      '--rate',
      '25',
      '--duration',
      '8s',
      '--seed',
      '7',
    ];
    const simulated = orderstream([...args, '--bad', '0.1', '--fraudsters', '0.03', '--json'], system.env);
    await killAndStart(50);
    await killAndStart(300);
    const { code, stdout, stderr } = await simulated;
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { expected } = JSON.parse(stdout) as Summary;
    expect(expected.orders.created).toBeGreaterThan(20);
    await eventually(
      async () => {
        const rows = (query: string): Promise<Record<string, unknown>[]> => system.rows('analytics', query);
        const events = await rows(QUERIES.web_events);
        const held: Record<string, unknown> = {
          orders: (await rows(QUERIES.orders))[0],
          revenue: await rows(QUERIES.revenue),
          payments: await rows(QUERIES.payments),
          users_registered: (await rows(QUERIES.users_registered))[0]?.['n'],
          web_events: Object.fromEntries(events.map((row) => [row['event_type'], row['n']])),
          funnel: (await rows(QUERIES.funnel))[0],
          top_products: await rows(TOP_PRODUCTS),
        };
        expect(held).toEqual({
          orders: expected.orders,
          revenue: expected.revenue,
          payments: expected.payments,
          users_registered: expected.users_registered,
          web_events: expected.web_events,
          funnel: expected.funnel,
          top_products: expected.top_products,
        });
      },
      { deadlineMs: 30_000, intervalMs: 200 },
    );
  }, 180_000);
});
