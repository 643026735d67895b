import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePorts } from '../platform/index.ts';
import {
  builtFile,
  SERVICE_NODE_FLAGS,
  serviceEnvironment,
  SERVICES,
  serviceUrl,
  type ServiceDefinition,
} from '../services/services.ts';
import type { BenchContext } from './bench-context.ts';
import { percentile, result, summarise, type BenchResult, type Round } from './figures.ts';
import { MeasuredProcess } from './measured-process.ts';

const EVENTS = 5_000_000;
const ORDERS = 200_000;
const SKUS = 500;
const TRIES = 50;

/** A day of traffic, as the service would have stored it: eight events a visit, every sixth visit an order. */
const LOAD = [
  `INSERT INTO warehouse.web_events (event_id, occurred_at, event_type, session_id, url, sku, quantity)
   SELECT uuidv7(at - now()), at, type, 'session-' || n / 8, CASE WHEN type = 'page.viewed' THEN 'https://shop.example/' || sku END,
     CASE WHEN type <> 'page.viewed' THEN 'sku-' || sku END, CASE WHEN type = 'cart.item_added' THEN 2 END
   FROM (SELECT n, now() - interval '23 h' + n * interval '23 h' / ${EVENTS} AS at, n::bigint * 7919 % ${SKUS} AS sku,
           (ARRAY['page.viewed', 'product.viewed', 'page.viewed', 'product.viewed', 'page.viewed', 'cart.item_added', 'page.viewed', 'product.viewed'])[n % 8 + 1] AS type
         FROM generate_series(0, ${EVENTS - 1}) AS n) AS visit`,
  `INSERT INTO warehouse.sessions
   SELECT session_id, NULL, min(occurred_at), max(occurred_at), count(*), count(url), min(occurred_at) FILTER (WHERE event_type = 'product.viewed'),
     min(occurred_at) FILTER (WHERE event_type = 'cart.item_added') FROM warehouse.web_events GROUP BY session_id`,
  `INSERT INTO warehouse.funnel_per_minute SELECT date_bin('1 minute', started_at, 'epoch'), count(*), count(product_viewed_at),
     count(cart_item_added_at) FROM warehouse.sessions GROUP BY 1`,
  `INSERT INTO warehouse.web_events_per_minute SELECT date_bin('1 minute', occurred_at, 'epoch'), event_type, count(*)
   FROM warehouse.web_events GROUP BY 1, 2`,
  `INSERT INTO warehouse.product_interest SELECT date_bin('15 minutes', occurred_at, 'epoch'), sku, count(*) FILTER (WHERE quantity IS NULL),
     count(quantity), coalesce(sum(quantity), 0) FROM warehouse.web_events WHERE sku IS NOT NULL GROUP BY 1, 2`,
  `INSERT INTO warehouse.orders (order_id, customer_id, currency, amount_total, item_count, created_at, confirmed_at)
   SELECT uuidv7(at - now()), 'customer-' || n % 50000, 'EUR', 2500, 1, at, at FROM (
     SELECT n, now() - interval '23 h' + n * interval '23 h' / ${ORDERS} AS at FROM generate_series(0, ${ORDERS - 1}) AS n) AS bought`,
  `INSERT INTO warehouse.order_items (order_id, line, sku, quantity, unit_amount)
   SELECT order_id, 1, 'sku-' || (hashtext(order_id::text) & 511), 2, 1250 FROM warehouse.orders`,
  `INSERT INTO warehouse.revenue_per_minute (minute, currency, orders_created, orders_confirmed, amount_created, amount_confirmed)
   SELECT date_bin('1 minute', created_at, 'epoch'), currency, count(*), count(*), sum(amount_total), sum(amount_total) FROM warehouse.orders GROUP BY 1, 2`,
  `INSERT INTO warehouse.product_sales (quarter_hour, sku, currency, pieces_confirmed, amount_confirmed)
   SELECT date_bin('15 minutes', confirmed_at, 'epoch'), sku, currency, sum(quantity), sum(amount)
   FROM warehouse.orders JOIN warehouse.order_items USING (order_id) GROUP BY 1, 2, 3`,
  'VACUUM ANALYZE warehouse.web_events, warehouse.sessions, warehouse.orders, warehouse.order_items, warehouse.product_interest, warehouse.product_sales',
];

/** What panels ask, of the last 23 hours: from the rollups, and counted from the facts. */
const QUESTIONS = {
  funnel: {
    rollup: `SELECT sum(sessions), sum(viewed), sum(added_to_cart), sum(checked_out), sum(purchased) FROM warehouse.funnel_per_minute
             WHERE minute >= now() - interval '24 h'`,
    facts: `SELECT count(DISTINCT session_id), count(DISTINCT session_id) FILTER (WHERE event_type = 'product.viewed'),
              count(DISTINCT session_id) FILTER (WHERE event_type = 'cart.item_added') FROM warehouse.web_events
            WHERE occurred_at >= now() - interval '24 h'`,
  },
  top_products: {
    rollup: `SELECT sku, sum(pieces), sum(views) FROM (
               SELECT sku, pieces_confirmed - pieces_cancelled AS pieces, 0 AS views FROM warehouse.product_sales WHERE quarter_hour >= now() - interval '24 h'
               UNION ALL SELECT sku, 0, views FROM warehouse.product_interest WHERE quarter_hour >= now() - interval '24 h') AS activity
             GROUP BY sku ORDER BY 2 DESC LIMIT 10`,
    facts: `SELECT sku, count(*) FROM warehouse.web_events WHERE event_type = 'product.viewed' AND occurred_at >= now() - interval '24 h'
            GROUP BY sku ORDER BY 2 DESC LIMIT 10`,
  },
  events_per_minute: {
    rollup: `SELECT minute, event_type, events FROM warehouse.web_events_per_minute WHERE minute > now() - interval '1 h'`,
    facts: `SELECT date_bin('1 minute', occurred_at, 'epoch'), event_type, count(*) FROM warehouse.web_events
            WHERE occurred_at > now() - interval '1 h' GROUP BY 1, 2`,
  },
} as const;

/** What a panel costs with 5,000,000 web events and 200,000 orders in the warehouse: the slowest of them, and the whole dashboard. */
export async function benchPanels({ bench, progress }: BenchContext): Promise<BenchResult> {
  await bench.reset();
  const definition = SERVICES.find(({ name }) => name === 'analytics') as ServiceDefinition;
  const service = { ...definition, port: await freePorts(1) };
  const client = new pg.Client({ connectionString: bench.platform.databaseUrl('analytics') });
  await client.connect();
  const env = serviceEnvironment(service, bench.platform);
  const analytics = new MeasuredProcess(builtFile(service, 'main.js'), { env, flags: SERVICE_NODE_FLAGS });
  try {
    await analytics.untilAnswers(`${serviceUrl(service)}/health/ready`);
    await untilDaysAreThere(client);
    progress(`panels: loading ${EVENTS} web events and ${ORDERS} orders`);
    for (const statement of LOAD) await client.query(statement);
    progress('panels: asking');
    const rollup: Record<string, number> = {};
    const facts: Record<string, number> = {};
    for (const [name, question] of Object.entries(QUESTIONS)) {
      rollup[`${name}_p95_ms`] = await p95Of(TRIES, () => client.query(question.rollup));
      facts[`${name}_p95_ms`] = await p95Of(2, () => client.query(question.facts));
    }
    const dashboard = await p95Of(TRIES, async () =>
      (await fetch(`${serviceUrl(service)}/v1/dashboard`)).text(),
    );
    const also = { ...rollup, whole_dashboard_over_http_p95_ms: dashboard };
    const slowest = (figures: Record<string, number>): Round => ({
      figure: Math.max(...Object.values(figures)),
      also: figures,
    });
    return result({
      bench: 'panels',
      unit: 'ms for the slowest panel, p95',
      higherIsBetter: false,
      how: `${EVENTS} web events and ${ORDERS} orders of one day, ${TRIES} times each`,
      measured: [
        summarise('ours', 'from the rollups', [{ ...slowest(rollup), also }]),
        summarise('stock', 'the same counted from the facts', [slowest(facts)]),
      ],
    });
  } finally {
    await analytics.stop();
    await client.end();
  }
}

/** The service makes room for the days when it starts. */
async function untilDaysAreThere(client: pg.Client): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const days = await client.query(
      `SELECT FROM pg_inherits WHERE inhparent = 'warehouse.web_events'::regclass OFFSET 18`,
    );
    if (days.rowCount !== 0) return;
    await sleep(100);
  }
  throw new Error('panels: analytics made no room for the days of web events');
}

async function p95Of(tries: number, ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let each = 0; each < tries; each += 1) {
    const startedMs = performance.now();
    await ask();
    times.push(performance.now() - startedMs);
  }
  return percentile(times, 0.95);
}
