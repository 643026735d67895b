import { join } from 'node:path';
import { orders } from '@orderstream/events';
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
import { preloadOrders } from './preload.ts';
import { rateOf } from './progress-rate.ts';
import { relayLimit, stockRelay } from './relay-rivals.ts';

/** The name under which the worker's relays agree who is active (libs/transactional, OutboxBell.channel). */
const RELAY_LOCK = 'orderstream_outbox_worker';
const DEADLINE_MS = 120_000;
/** The stock way is slow: some seconds of it say as much as all of the events would. */
const STOCK_MS = 10_000;

/**
 * A backlog of orders on the topic, from Kafka into PostgreSQL, and then what the worker emitted, from the outbox back into Kafka.
 * While persisting is measured the benchmark holds the relay's lock, so that the two do not measure each other.
 * Fails when a row is missing or doubled, or when the topic does not get exactly what the outbox held.
 */
export async function benchPersistAndRelay(context: BenchContext): Promise<BenchResult[]> {
  const { rounds, progress, events } = context;
  const figures = { ours: [] as Round[], stock: [] as Round[], limit: [] as Round[] };
  const relay = { ours: [] as Round[], stock: [] as Round[], limit: [] as Round[] };
  for (let round = 1; round <= rounds; round += 1) {
    progress(`persist: round ${round} of ${rounds}, preloading ${events} orders`);
    await context.bench.reset();
    await preloadOrders(context.bench.kafka, events);
    progress(`persist and relay: round ${round} of ${rounds}, ours`);
    const ours = await oursOnce(context);
    figures.ours.push(ours.persist);
    relay.ours.push(ours.relay);
    progress(`persist: round ${round} of ${rounds}, stock`);
    figures.stock.push(await stockOnce(context));
    progress(`persist and relay: round ${round} of ${rounds}, limits and stock relay`);
    figures.limit.push(await limitOnce(context));
    relay.stock.push(await stockRelay(context));
    relay.limit.push(await relayLimit(context));
  }
  return [
    result({
      bench: 'persist',
      unit: 'orders persisted per second',
      higherIsBetter: true,
      how: `${events} orders on 6 partitions, the rate between a tenth and nine tenths of them; every row counted afterwards`,
      measured: [
        summarise(
          'ours',
          'worker as deployed: order row, consumed position and outbox in one transaction',
          figures.ours,
        ),
        summarise('stock', 'Nest ServerKafka + TypeORM save: order row only', figures.stock),
        summarise(
          'limit',
          'INSERT … SELECT of the same order and outbox rows inside PostgreSQL',
          figures.limit,
        ),
      ],
    }),
    result({
      bench: 'relay',
      unit: 'events published per second',
      higherIsBetter: true,
      how: `the outbox that ${events} orders left, until it is empty; the topic must hold each event exactly once`,
      measured: [
        summarise('ours', 'the worker’s relay', relay.ours),
        summarise('stock', 'a row at a time: SELECT, ClientKafka.emit, DELETE', relay.stock),
        summarise('limit', 'kafkajs sending prepared batches of 500, no database', relay.limit),
      ],
    }),
  ];
}

async function oursOnce({ bench, events }: BenchContext): Promise<{ persist: Round; relay: Round }> {
  const definition = SERVICES.find(({ name }) => name === 'worker') as ServiceDefinition;
  const service = { ...definition, port: await freePorts(1) };
  const lock = new pg.Client({ connectionString: bench.platform.databaseUrl('worker') });
  const watch = new pg.Client({ connectionString: bench.platform.databaseUrl('worker') });
  await Promise.all([lock.connect(), watch.connect()]);
  const worker = new MeasuredProcess(builtFile(service, 'main.js'), {
    env: serviceEnvironment(service, bench.platform),
    flags: SERVICE_NODE_FLAGS,
  });
  try {
    await lock.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [RELAY_LOCK]);
    const count = async (text: string): Promise<number> =>
      Number((await watch.query<{ n: string }>(text)).rows[0]?.n ?? 0);
    const persisted = () => count('SELECT coalesce(sum(next_offset), 0) AS n FROM worker.consumer_positions');
    const pending = () => count('SELECT coalesce(sum(record_count), 0) AS n FROM worker.outbox');

    const rate = await rateOf(persisted, events, DEADLINE_MS);
    const use = worker.use();
    const rows = await count('SELECT count(*) AS n FROM worker.orders');
    const waiting = await pending();
    if (rows !== events || waiting !== events) {
      throw new Error(`persist: ${events} orders, ${rows} rows, ${waiting} events in the outbox`);
    }
    const before = await bench.recordsOn(orders);
    await lock.end();
    const relayRate = await rateOf(async () => events - (await pending()), events, DEADLINE_MS);
    const published = (await bench.recordsOn(orders)) - before;
    if (published !== events)
      throw new Error(`relay: ${events} events in the outbox, ${published} published`);
    return {
      persist: {
        figure: rate,
        also: {
          worker_cpu_us_per_event: (use.cpuSeconds / events) * 1e6,
          resident_mb: use.residentBytes / 1e6,
        },
      },
      relay: { figure: relayRate, also: { resident_mb: worker.use().residentBytes / 1e6 } },
    };
  } finally {
    await worker.stop();
    await Promise.all([lock.end().catch(() => undefined), watch.end()]);
  }
}

/** The stock service on the topic `orders`, once it is up. The caller stops it. */
export async function startStockPersist(
  bench: BenchContext['bench'],
): Promise<{ server: MeasuredProcess; databaseUrl: string }> {
  const port = await freePorts(1);
  const databaseUrl = bench.platform.databaseUrl('postgres').replace(/\/postgres$/, '/stock');
  const server = new MeasuredProcess(join(import.meta.dirname, 'stock', 'persist-server.js'), {
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

async function stockOnce({ bench, events }: BenchContext): Promise<Round> {
  const { server, databaseUrl } = await startStockPersist(bench);
  const watch = new pg.Client({ connectionString: databaseUrl });
  try {
    await watch.connect();
    const stored = async (): Promise<number> =>
      Number((await watch.query<{ n: string }>('SELECT count(*) AS n FROM orders')).rows[0]?.n ?? 0);
    return { figure: await rateOf(stored, events, STOCK_MS) };
  } finally {
    await watch.end();
    await server.stop();
  }
}

/** The same rows without Kafka, without a wire and without a position: what PostgreSQL alone could do. */
async function limitOnce({ bench, events }: BenchContext): Promise<Round> {
  const startedMs = performance.now();
  await bench.sql(
    'stock',
    `CREATE TABLE limit_orders AS SELECT * FROM (SELECT NULL::uuid AS order_id, ''::text AS customer_id, ''::text AS status,
       ''::text AS currency, 0::bigint AS amount_total, NULL::jsonb AS items, NULL::jsonb AS contact,
       now() AS created_at, now() AS updated_at) AS shape LIMIT 0`,
  );
  await bench.sql('stock', 'ALTER TABLE limit_orders ADD PRIMARY KEY (order_id)');
  await bench.sql(
    'stock',
    'CREATE TABLE limit_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, records text)',
  );
  const preparedMs = performance.now();
  await bench.sql(
    'stock',
    `WITH stored AS (
       INSERT INTO limit_orders
       SELECT uuidv7(), 'ada', 'confirmed', 'EUR', 4980,
              '[{"sku":"espresso-beans-1kg","quantity":2,"unit_amount":1890},{"sku":"cup-blue","quantity":1,"unit_amount":1200}]',
              '{"email":"bench@example.com"}', now(), now()
         FROM generate_series(1, $1::int))
     INSERT INTO limit_outbox (records) SELECT repeat('x', 500 * 560) FROM generate_series(1, $1::int / 500)`,
    [events],
  );
  const seconds = (performance.now() - preparedMs) / 1000;
  await bench.sql('stock', 'DROP TABLE limit_orders, limit_outbox');
  return { figure: events / seconds, also: { prepared_ms: preparedMs - startedMs } };
}
