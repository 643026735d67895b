import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventProducer, orders } from '@orderstream/events';
import pg from 'pg';
import { freePorts, HOST } from '../platform/index.ts';
import {
  builtFile,
  SERVICE_NODE_FLAGS,
  serviceEnvironment,
  SERVICES,
  type ServiceDefinition,
} from '../services/services.ts';
import { exampleOrder } from '../start/follow-order.ts';
import type { BenchContext } from './bench-context.ts';
import { percentile, result, summarise, type BenchResult, type Measured, type Round } from './figures.ts';
import { MeasuredProcess } from './measured-process.ts';
import { openLoop, type Accepted } from './open-loop.ts';

const PER_SECOND = 500;
/** The services’ V8 has compiled what is hot by then. */
const WARM_UP_SECONDS = 20;
/** In 8 s the 99th of 100 is the forty slowest orders, all of one stall of the machine: it varied between 32 and 66 ms within a minute. */
const MIN_SECONDS = 30;
/** Kafka’s JVM takes longer, and beside it everything else waits for a core; a broker in use is not restarted before every order. */
const BROKER_WARM_UP_SECONDS = 60;
const ARRIVAL_DEADLINE_MS = 120_000;
const LIMIT_SAMPLES = 500;

interface Chain {
  readonly url: string;
  /** Ours has to accept every order and to store it; of the stock way it is told how many it did. */
  readonly mayFail: boolean;
  readonly database: string;
  readonly table: string;
  readonly processes: readonly MeasuredProcess[];
}

/**
 * From the moment a POST was due to the commit of the order's row, at a steady 500 orders a second (open loop). The row's time is
 * PostgreSQL's own commit timestamp: the same machine's clock, no polling in the figure.
 */
export async function benchLatency(context: BenchContext): Promise<BenchResult> {
  const { rounds, progress } = context;
  const seconds = Math.max(context.seconds, MIN_SECONDS);
  const figures = { ours: [] as Round[], stock: [] as Round[], limit: [] as Round[] };
  progress(`latency: warming up Kafka and PostgreSQL for ${BROKER_WARM_UP_SECONDS} s`);
  await warmUpBroker(context);
  for (let round = 1; round <= rounds; round += 1) {
    await context.bench.reset();
    for (const way of ['ours', 'stock'] as const) {
      progress(`latency: round ${round} of ${rounds}, ${way}`);
      const chain = await (way === 'ours' ? startOurs(context) : startStock(context));
      try {
        figures[way].push(await measure(context, chain, seconds));
      } catch (error) {
        throw new Error(`latency: ${way}: ${(error as Error).message}`, { cause: error });
      } finally {
        await Promise.all(chain.processes.map((process) => process.stop()));
      }
    }
    progress(`latency: round ${round} of ${rounds}, limit`);
    figures.limit.push(await limitOnce(context));
  }
  return result({
    bench: 'latency',
    unit: 'ms from POST to committed row, median',
    higherIsBetter: false,
    how: `open loop, ${PER_SECOND} orders/s for ${seconds} s after ${WARM_UP_SECONDS} s of warm-up, on a Kafka warmed up for ${BROKER_WARM_UP_SECONDS} s; PostgreSQL commit timestamps. Ours: every order accepted, every row found; stock: the latency of those that were`,
    measured: [
      summarise('ours', 'order-api and worker as deployed', figures.ours),
      summarise('stock', 'the stock accept and persist services', figures.stock),
      summarise(
        'limit',
        'one record acknowledged, then one row committed; nothing else under way',
        figures.limit,
      ),
    ] satisfies Measured[],
  });
}

/** The same load, not measured. */
async function warmUpBroker(context: BenchContext): Promise<void> {
  await context.bench.reset();
  const chain = await startOurs(context);
  try {
    const { firstFailure } = await openLoop(chain.url, order, PER_SECOND, BROKER_WARM_UP_SECONDS);
    if (firstFailure) throw firstFailure;
  } finally {
    await Promise.all(chain.processes.map((process) => process.stop()));
  }
}

async function startOurs({ bench }: BenchContext): Promise<Chain> {
  const port = await freePorts(2);
  const processes = await Promise.all(
    (['order-api', 'worker'] as const).map(async (name, index) => {
      const definition = SERVICES.find((service) => service.name === name) as ServiceDefinition;
      const service = { ...definition, port: port + index };
      const process = new MeasuredProcess(builtFile(service, 'main.js'), {
        env: serviceEnvironment(service, bench.platform),
        flags: SERVICE_NODE_FLAGS,
      });
      return process.untilAnswers(`http://${HOST}:${service.port}/health/ready`);
    }),
  );
  return {
    url: `http://${HOST}:${port}/v1/orders`,
    database: 'worker',
    table: 'worker.orders',
    mayFail: false,
    processes,
  };
}

async function startStock({ bench }: BenchContext): Promise<Chain> {
  const port = await freePorts(2);
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    KAFKA_BROKERS: bench.platform.kafkaBrokers,
    // What the stock store listens to; order-api, which would trip over these orders, does not run beside them.
    TOPIC: orders.name,
    DATABASE_URL: bench.platform.databaseUrl('postgres').replace(/\/postgres$/, '/stock'),
  };
  const processes = await Promise.all(
    ['accept-server.js', 'persist-server.js'].map((file, index) =>
      new MeasuredProcess(join(import.meta.dirname, 'stock', file), {
        env: { ...env, PORT: String(port + index) },
      }).untilAnswers(`http://${HOST}:${port + index}/ready`),
    ),
  );
  return {
    url: `http://${HOST}:${port}/v1/orders`,
    database: 'stock',
    table: 'orders',
    mayFail: true,
    processes,
  };
}

const order = (): string => JSON.stringify(exampleOrder('bench@example.com'));

/** @throws Error when something failed that may not, or nothing came through at all */
async function measure({ bench, progress }: BenchContext, chain: Chain, seconds: number): Promise<Round> {
  const warmUp = await openLoop(chain.url, order, PER_SECOND, WARM_UP_SECONDS);
  const { sent, accepted, firstFailure } = await openLoop(chain.url, order, PER_SECOND, seconds);
  const failure = warmUp.firstFailure ?? firstFailure;
  if (failure !== undefined) {
    if (!chain.mayFail) throw failure;
    progress(`latency: ${accepted.length} of ${sent} accepted; the first failure: ${failure.message}`);
  }
  const committed = await commitTimes(bench.platform.databaseUrl('postgres'), chain, accepted);
  const latencies = accepted.flatMap(({ orderId, dueMs }) => {
    const atMs = committed.get(orderId);
    return atMs === undefined ? [] : [atMs - dueMs];
  });
  if (latencies.length === 0) throw new Error(`none of ${sent} orders was stored`, { cause: failure });
  const resident = chain.processes.map((process) => process.use().residentBytes / 1e6);
  return {
    figure: percentile(latencies, 0.5),
    also: {
      p99_ms: percentile(latencies, 0.99),
      max_ms: percentile(latencies, 1),
      orders_sent: sent,
      orders_accepted: accepted.length,
      rows_found: latencies.length,
      accept_resident_mb: resident[0] as number,
      persist_resident_mb: resident[1] as number,
    },
  };
}

/**
 * Unix ms at which each order's row was committed. Waits until all are there.
 * @throws Error when some are not there in time and none may be missing
 */
async function commitTimes(
  url: string,
  chain: Chain,
  accepted: readonly Accepted[],
): Promise<Map<string, number>> {
  const client = new pg.Client({ connectionString: url.replace(/\/postgres$/, `/${chain.database}`) });
  await client.connect();
  try {
    const endMs = Date.now() + ARRIVAL_DEADLINE_MS;
    for (;;) {
      const { rows } = await client.query<{ order_id: string; at: string }>(
        `SELECT order_id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 AS at
           FROM ${chain.table} WHERE order_id = ANY($1::uuid[])`,
        [accepted.map(({ orderId }) => orderId)],
      );
      const isOver = Date.now() > endMs;
      if (rows.length === accepted.length || (isOver && chain.mayFail))
        return new Map(rows.map(({ order_id, at }) => [order_id, Number(at)]));
      if (isOver) throw new Error(`${accepted.length} orders accepted, only ${rows.length} rows`);
      await sleep(500);
    }
  } finally {
    await client.end();
  }
}

/** What Kafka and PostgreSQL cost by themselves: one acknowledged record and one committed row, one after the other. */
async function limitOnce({ bench }: BenchContext): Promise<Round> {
  const producer = new EventProducer(bench.kafka);
  const client = new pg.Client({
    connectionString: bench.platform.databaseUrl('postgres').replace(/\/postgres$/, '/stock'),
  });
  await client.connect();
  const latencies: number[] = [];
  try {
    await client.query('CREATE TABLE limit_latency (id uuid PRIMARY KEY, value jsonb)');
    const value = order();
    for (let sample = 0; sample < LIMIT_SAMPLES; sample += 1) {
      const startedMs = performance.now();
      await producer.send({ topic: 'orders', key: 'limit', value, headers: { 'event-type': 'bench.limit' } });
      await client.query('INSERT INTO limit_latency VALUES (uuidv7(), $1)', [value]);
      latencies.push(performance.now() - startedMs);
    }
    await client.query('DROP TABLE limit_latency');
    return { figure: percentile(latencies, 0.5), also: { p99_ms: percentile(latencies, 0.99) } };
  } finally {
    await Promise.all([producer.close(), client.end()]);
  }
}
