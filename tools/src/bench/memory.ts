import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startMailbox } from '../mailbox/start-mailbox.ts';
import { freePorts, HOST, orderstreamDir } from '../platform/index.ts';
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
import { preloadOrders } from './preload.ts';

const ORDERS = 200_000;
/** One in so many has a contact, so that the notifier mails as well as suppresses. */
const CONTACT_EVERY = 20;
const STOCK_MS = 20_000;
const DEADLINE_MS = 600_000;
const SAMPLE_MS = 500;
/** So long a service takes at most to notice that the backlog is over and to give its memory back (libs/service, idle-memory.ts). */
const IDLE_MS = 10_000;

interface Running {
  readonly name: ServiceDefinition['name'];
  readonly process: MeasuredProcess;
  /** Whether it has everything that the topic holds. */
  readonly isDone: () => Promise<boolean>;
  /** Resident memory, MB, as sampled. */
  readonly samples: number[];
}

/**
 * All four services over a backlog of 200,000 orders, which is the most that memory sees: every fetch is full. Resident memory as the
 * kernel counts it; the figure is the largest service's when all are done.
 */
export async function benchMemory(context: BenchContext): Promise<BenchResult> {
  const { bench, progress } = context;
  progress(`memory: preloading ${ORDERS} orders`);
  await bench.reset();
  await preloadOrders(bench.kafka, ORDERS, CONTACT_EVERY);
  const ours = await oursOnce(context);
  progress('memory: stock');
  const stock = await stockOnce(context);
  return result({
    bench: 'memory',
    unit: 'MB resident, the largest service',
    higherIsBetter: false,
    how: `a backlog of ${ORDERS} orders (one in ${CONTACT_EVERY} is mailed) through all four services at once, then idle; stock: its persist service after ${STOCK_MS / 1000} s of the same backlog`,
    measured: [
      summarise('ours', 'the largest of the four services as deployed', [ours]),
      summarise('stock', 'Nest ServerKafka + TypeORM save', [stock]),
    ],
  });
}

async function oursOnce(context: BenchContext): Promise<Round> {
  const port = await freePorts(6);
  const mailbox = await startMailbox({
    smtpPort: port + 4,
    httpPort: port + 5,
    dataDir: join(orderstreamDir, 'bench', 'mailbox'),
  });
  const running: Running[] = [];
  const watches: pg.Client[] = [];
  try {
    for (const [index, definition] of SERVICES.entries()) {
      const watch = new pg.Client({
        connectionString: context.bench.platform.databaseUrl(definition.database),
      });
      await watch.connect();
      watches.push(watch);
      running.push(start(context, { ...definition, port: port + index }, mailbox.smtpPort, watch));
    }
    await sampleUntilDone(context, running);
    const peaks = running.map(({ samples }) => Math.max(...samples));
    await sleep(IDLE_MS);
    return summary(running, peaks);
  } finally {
    await Promise.all(running.map(({ process }) => process.stop()));
    await Promise.all(watches.map((watch) => watch.end()));
    await mailbox.stop();
  }
}

function start(
  { bench }: BenchContext,
  service: ServiceDefinition,
  smtpPort: number,
  watch: pg.Client,
): Running {
  const process = new MeasuredProcess(builtFile(service, 'main.js'), {
    env: serviceEnvironment(service, bench.platform, { SMTP_URL: `smtp://${HOST}:${smtpPort}` }),
    flags: SERVICE_NODE_FLAGS,
  });
  // What is on the topic in the end: each order's creation and the worker's ruling on it.
  const expected = ORDERS * 2;
  const isDone = async (): Promise<boolean> => {
    const { rows } = await watch.query<{ n: string }>(
      `SELECT coalesce(min(handled), 0) AS n
         FROM (SELECT sum(next_offset) AS handled FROM ${service.database}.consumer_positions
                WHERE topic = 'orders' GROUP BY consumer_group) AS each_group`,
    );
    return Number(rows[0]?.n) >= expected;
  };
  return { name: service.name, process, isDone, samples: [] };
}

async function sampleUntilDone({ progress }: BenchContext, running: readonly Running[]): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS;
  for (let sample = 0; ; sample += 1) {
    await sleep(SAMPLE_MS);
    const done = await Promise.all(running.map(({ isDone }) => isDone()));
    for (const { process, samples } of running) samples.push(process.use().residentBytes / 1e6);
    if (sample % 20 === 0) {
      progress(
        `memory: ${running.map(({ name, samples }) => `${name} ${samples.at(-1)?.toFixed(0)} MB`).join(', ')}`,
      );
    }
    if (done.every(Boolean)) return;
    if (Date.now() > endMs) throw new Error('memory: the backlog was not processed in time');
  }
}

function summary(running: readonly Running[], peaks: readonly number[]): Round {
  const also: Record<string, number> = {};
  let largest = 0;
  running.forEach(({ name, process, samples }, index) => {
    const now = process.use().residentBytes / 1e6;
    largest = Math.max(largest, now);
    also[`${name}_mb`] = now;
    also[`${name}_half_way_mb`] = samples[samples.length >> 1] as number;
    also[`${name}_peak_mb`] = peaks[index] as number;
  });
  return { figure: largest, also };
}

async function stockOnce({ bench }: BenchContext): Promise<Round> {
  const { server } = await startStockPersist(bench);
  try {
    await sleep(STOCK_MS);
    return { figure: server.use().residentBytes / 1e6 };
  } finally {
    await server.stop();
  }
}
