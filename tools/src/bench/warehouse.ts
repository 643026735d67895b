import { join } from 'node:path';
import pg from 'pg';
import { freePorts, HOST } from '../platform/index.ts';
import {
  builtFile,
  SERVICE_NODE_FLAGS,
  serviceEnvironment,
  SERVICES,
  type ServiceDefinition,
} from '../services/services.ts';
import type { BenchContext } from './bench-context.ts';
import { result, summarise, type BenchResult, type Round } from './figures.ts';
import { MeasuredProcess } from './measured-process.ts';
import { startStockPersist } from './persist.ts';
import { rateOf } from './progress-rate.ts';
import { preloadShopOrders, preloadWebEvents } from './warehouse-backlog.ts';

const DEADLINE_MS = 180_000;
/** The stock way is slow: some seconds of it say as much as all of the events would. */
const STOCK_MS = 10_000;

/**
 * A backlog of web events, and one of orders, from Kafka into the warehouse with all that is counted of them. Fails when an event is
 * missing or doubled, or a rollup differs from what it counts.
 */
export async function benchWarehouse(context: BenchContext): Promise<BenchResult[]> {
  const { bench, rounds, events, progress } = context;
  const web = { ours: [] as Round[], stock: [] as Round[], limit: [] as Round[] };
  const orders = { ours: [] as Round[], stock: [] as Round[] };
  for (let round = 1; round <= rounds; round += 1) {
    progress(`warehouse: round ${round} of ${rounds}, preloading ${events} web events`);
    await bench.reset();
    await preloadWebEvents(bench.kafka, events);
    progress(`warehouse: round ${round} of ${rounds}, web events`);
    web.ours.push(await oursOnce(context, 'web-events', requireWebEvents));
    web.limit.push(await limitOnce(context));
    web.stock.push(await stockOnce(context, () => startStockWarehouse(bench), 'web_events'));
    progress(`warehouse: round ${round} of ${rounds}, preloading ${events} orders`);
    await bench.reset();
    await preloadShopOrders(bench.kafka, events);
    progress(`warehouse: round ${round} of ${rounds}, orders`);
    orders.ours.push(await oursOnce(context, 'orders', requireOrders));
    orders.stock.push(await stockOnce(context, () => startStockPersist(bench), 'orders'));
  }
  const how = (what: string): string =>
    `${events} ${what} on 6 partitions, the rate between a tenth and nine tenths of them; every row and rollup counted afterwards`;
  return [
    result({
      bench: 'warehouse-web-events',
      unit: 'web events per second',
      higherIsBetter: true,
      how: how('web events of simulated visits'),
      measured: [
        summarise(
          'ours',
          'analytics as deployed: event, session, funnel, minute and product, each once',
          web.ours,
        ),
        summarise('stock', 'Nest ServerKafka + TypeORM save: the event row only', web.stock),
        summarise(
          'limit',
          'INSERT … SELECT of the same event rows inside PostgreSQL, nothing counted',
          web.limit,
        ),
      ],
    }),
    result({
      bench: 'warehouse-orders',
      unit: 'orders per second',
      higherIsBetter: true,
      how: how(
        'order.created of simulated visits, customers and contacts as many as theirs; the group fraud reads them in the same process',
      ),
      measured: [
        summarise(
          'ours',
          'analytics as deployed: order, items and revenue per minute, each once',
          orders.ours,
        ),
        summarise('stock', 'Nest ServerKafka + TypeORM save: the order row only', orders.stock),
      ],
    }),
  ];
}

type Count = (text: string) => Promise<number>;

async function oursOnce(
  { bench, events }: BenchContext,
  topic: string,
  requireRows: (count: Count, events: number) => Promise<void>,
): Promise<Round> {
  const definition = SERVICES.find(({ name }) => name === 'analytics') as ServiceDefinition;
  const service = { ...definition, port: await freePorts(1) };
  const watch = new pg.Client({ connectionString: bench.platform.databaseUrl('analytics') });
  await watch.connect();
  const analytics = new MeasuredProcess(builtFile(service, 'main.js'), {
    env: serviceEnvironment(service, bench.platform),
    flags: SERVICE_NODE_FLAGS,
  });
  try {
    const count: Count = async (text) => Number((await watch.query<{ n: string }>(text)).rows[0]?.n ?? 0);
    const position = `SELECT coalesce(sum(next_offset), 0) AS n FROM analytics.consumer_positions WHERE consumer_group = 'analytics' AND topic = '${topic}'`;
    const figure = await rateOf(() => count(position), events, DEADLINE_MS);
    const use = analytics.use();
    await requireRows(count, events);
    return {
      figure,
      also: { cpu_us_per_event: (use.cpuSeconds / events) * 1e6, resident_mb: use.residentBytes / 1e6 },
    };
  } finally {
    await analytics.stop();
    await watch.end();
  }
}

async function requireWebEvents(count: Count, events: number): Promise<void> {
  const counted = {
    rows: await count('SELECT count(*) AS n FROM warehouse.web_events'),
    'events of sessions': await count('SELECT sum(event_count) AS n FROM warehouse.sessions'),
    'events per minute': await count('SELECT sum(events) AS n FROM warehouse.web_events_per_minute'),
  };
  requireAll(counted, events);
  const sessions = await count('SELECT count(*) AS n FROM warehouse.sessions');
  requireAll(
    { 'sessions in the funnel': await count('SELECT sum(sessions) AS n FROM warehouse.funnel_per_minute') },
    sessions,
  );
}

async function requireOrders(count: Count, orders: number): Promise<void> {
  requireAll(
    {
      rows: await count('SELECT count(*) AS n FROM warehouse.orders'),
      'orders per minute': await count('SELECT sum(orders_created) AS n FROM warehouse.revenue_per_minute'),
    },
    orders,
  );
}

function requireAll(counted: Readonly<Record<string, number>>, expected: number): void {
  for (const [what, found] of Object.entries(counted)) {
    if (found !== expected) throw new Error(`warehouse: ${found} ${what}, not ${expected}`);
  }
}

/** The same rows once more, inside PostgreSQL: what no service can outdo. */
async function limitOnce({ bench, events }: BenchContext): Promise<Round> {
  const client = new pg.Client({ connectionString: bench.platform.databaseUrl('analytics') });
  await client.connect();
  try {
    await client.query('CREATE TABLE warehouse.limit_events (LIKE warehouse.web_events INCLUDING ALL)');
    const startedMs = performance.now();
    await client.query('INSERT INTO warehouse.limit_events SELECT * FROM warehouse.web_events');
    const seconds = (performance.now() - startedMs) / 1000;
    await client.query('DROP TABLE warehouse.limit_events');
    return { figure: events / seconds };
  } finally {
    await client.end();
  }
}

async function startStockWarehouse(
  bench: BenchContext['bench'],
): Promise<{ server: MeasuredProcess; databaseUrl: string }> {
  const port = await freePorts(1);
  const databaseUrl = bench.platform.databaseUrl('postgres').replace(/\/postgres$/, '/stock');
  const server = new MeasuredProcess(join(import.meta.dirname, 'stock', 'warehouse-server.js'), {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: bench.platform.kafkaBrokers,
    },
  });
  await server.untilAnswers(`http://${HOST}:${port}/ready`).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return { server, databaseUrl };
}

async function stockOnce(
  { events }: BenchContext,
  start: () => Promise<{ server: MeasuredProcess; databaseUrl: string }>,
  table: string,
): Promise<Round> {
  const { server, databaseUrl } = await start();
  const watch = new pg.Client({ connectionString: databaseUrl });
  try {
    await watch.connect();
    const stored = async (): Promise<number> =>
      Number((await watch.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n ?? 0);
    return { figure: await rateOf(stored, events, STOCK_MS) };
  } finally {
    await watch.end();
    await server.stop();
  }
}
