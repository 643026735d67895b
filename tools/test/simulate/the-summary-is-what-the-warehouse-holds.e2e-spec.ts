import { eventually, openBrowser } from '@orderstream/testing';
import type { Browser, Page } from 'playwright-core';
import { orderstream } from '../cli/orderstream.ts';
import { SmallSystem } from '../operations/small-system.ts';
import type { Summary } from '../../src/simulate/summary.ts';
import { openDashboard, readDashboard, type DashboardFigures } from './dashboard-page.ts';

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
/** From the facts, as is what follows, and not from the rollups that the page is made of. */
const SOLD = `
  SELECT sku, sum(quantity)::int AS pieces FROM warehouse.order_items JOIN warehouse.orders USING (order_id)
  WHERE status IN ('confirmed', 'paid') GROUP BY sku ORDER BY pieces DESC, sku LIMIT 6`;
const MINUTES = `
  SELECT to_char(at AT TIME ZONE $1, 'HH24:MI') AS minute, sum(created)::int AS created, sum(confirmed)::int AS confirmed, sum(rejected)::int AS rejected
  FROM (
    SELECT date_trunc('minute', created_at) AS at, 1 AS created, 0 AS confirmed, 0 AS rejected FROM warehouse.orders
    UNION ALL SELECT date_trunc('minute', confirmed_at), 0, 1, 0 FROM warehouse.orders
    UNION ALL SELECT date_trunc('minute', rejected_at), 0, 0, 1 FROM warehouse.orders
  ) AS step WHERE at IS NOT NULL GROUP BY at ORDER BY at`;

describe('a simulation with bad input and fraud, analytics killed twice in between', () => {
  const zone = zoneWhereItIsNoon();
  let system: SmallSystem;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    process.env['DASHBOARD_TIME_ZONE'] = zone;
    [system, browser] = await Promise.all([
      SmallSystem.start('order-api', 'worker', 'analytics'),
      openBrowser(),
    ]);
    page = await openDashboard(browser, system.url('analytics'));
  }, 120_000);
  afterAll(async () => {
    delete process.env['DASHBOARD_TIME_ZONE'];
    await browser.close();
    await system.stop();
  });

  const killAndStart = async (whenEvents: number): Promise<void> => {
    await eventually(
      async () => {
        const [row] = await system.rows<{ n: number }>(
          'analytics',
          'SELECT count(*)::int AS n FROM warehouse.web_events',
        );
        expect(row?.n).toBeGreaterThan(whenEvents);
      },
      { deadlineMs: 60_000, intervalMs: 100 },
    );
    await system.killService('analytics');
    await system.startService('analytics');
  };

  it('its summary equals the warehouse and the page that stayed open, to the unit', async () => {
    const args = [
      ...['simulate', '--url', system.url('order-api'), '--seed', '7', '--json'],
      ...['--rate', '25', '--duration', '8s', '--speed', '8', '--bad', '0.1', '--fraudsters', '0.03'],
    ];
    const simulated = orderstream(args, system.env);
    await killAndStart(50);
    await killAndStart(300);
    const { code, stdout, stderr } = await simulated;
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { expected } = JSON.parse(stdout) as Summary;
    expect(expected.orders.created).toBeGreaterThan(20);
    const rows = (query: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
      system.rows('analytics', query, values);
    await eventually(
      async () => {
        // What is most comes last: until it is there, the others need not be asked for.
        const events = await rows(QUERIES.web_events);
        const web_events = Object.fromEntries(events.map((row) => [row['event_type'] as string, row['n']]));
        expect(web_events).toEqual(expected.web_events);
        const held: Record<string, unknown> = {
          orders: (await rows(QUERIES.orders))[0],
          revenue: await rows(QUERIES.revenue),
          payments: await rows(QUERIES.payments),
          users_registered: (await rows(QUERIES.users_registered))[0]?.['n'],
          web_events,
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
      { deadlineMs: 60_000, intervalMs: 200 },
    );
    const sold = await rows(SOLD);
    expect(sold.map(({ pieces }) => pieces)).toEqual(
      expected.top_products.slice(0, sold.length).map(({ pieces_sold }) => pieces_sold),
    );
    const shown = { ...ofToday(expected), top_products: sold, minutes: await rows(MINUTES, zone) };
    await eventually(async () => expect(await readDashboard(page)).toEqual(shown), {
      deadlineMs: 60_000,
      intervalMs: 200,
    });
  }, 360_000);
});

/** What the summary says, as far as the page shows it. */
function ofToday({
  orders,
  revenue,
  funnel,
}: Summary['expected']): Pick<DashboardFigures, 'orders' | 'revenue' | 'funnel'> {
  const { viewed, added_to_cart, checked_out, purchased } = funnel;
  return {
    orders,
    revenue: revenue.map(({ currency, amount_created, amount_confirmed, amount_paid }) => ({
      currency,
      amount_created,
      amount_confirmed,
      amount_paid,
    })),
    funnel: { viewed, added_to_cart, checked_out, purchased },
  };
}

/** What the page shows of "today" must not end while the test runs. */
function zoneWhereItIsNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  // These names count the hours the other way round.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}
