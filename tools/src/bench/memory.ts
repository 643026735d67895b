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
/** Resident memory of a service, MB. */
export interface ServiceMemory {
  readonly name: ServiceDefinition['name'];
  /** As sampled while there was something to do. */
  readonly samples: readonly number[];
  readonly tenSecondsAfter: number;
}

/** Each one's figure is the largest service's. */
export interface MemoryRounds {
  readonly after: Round;
  readonly peak: Round;
}

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
 * kernel counts it: the largest service's peak, beside the peak of the stock way over the same backlog, and what is left ten seconds
 * after, of ours alone: the stock way is not done by then.
 */
export async function benchMemory(context: BenchContext): Promise<BenchResult[]> {
  const { bench, progress } = context;
  progress(`memory: preloading ${ORDERS} orders`);
  await bench.reset();
  await preloadOrders(bench.kafka, ORDERS, CONTACT_EVERY);
  const ours = await oursOnce(context);
  progress('memory: stock');
  const stock = await stockOnce(context);
  const backlog = `a backlog of ${ORDERS} orders (one in ${CONTACT_EVERY} is mailed) through all four services at once`;
  const largest = 'the largest of the four services as deployed';
  return [
    result({
      bench: 'memory',
      unit: 'MB resident, the largest service',
      higherIsBetter: false,
      how: `${IDLE_MS / 1000} s after ${backlog}`,
      measured: [summarise('ours', largest, [ours.after])],
    }),
    result({
      bench: 'memory-peak',
      unit: 'MB resident at most, the largest service',
      higherIsBetter: false,
      how: `${backlog}; stock: its persist service in ${STOCK_MS / 1000} s of the same backlog`,
      measured: [
        summarise('ours', largest, [ours.peak]),
        summarise('stock', 'Nest ServerKafka + TypeORM save', [stock]),
      ],
    }),
  ];
}

async function oursOnce(context: BenchContext): Promise<MemoryRounds> {
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
    await sleep(IDLE_MS);
    return memoryOf(
      running.map(({ name, samples, process }) => ({ name, samples, tenSecondsAfter: residentMb(process) })),
    );
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
    for (const { process, samples } of running) samples.push(residentMb(process));
    if (sample % 20 === 0) {
      progress(
        `memory: ${running.map(({ name, samples }) => `${name} ${samples.at(-1)?.toFixed(0)} MB`).join(', ')}`,
      );
    }
    if (done.every(Boolean)) return;
    if (Date.now() > endMs) throw new Error('memory: the backlog was not processed in time');
  }
}

/** What is left compares with no rival that still works: only peak with peak. */
export function memoryOf(services: readonly ServiceMemory[]): MemoryRounds {
  return {
    after: largestOf(services.map(({ name, tenSecondsAfter }) => [`${name}_mb`, tenSecondsAfter])),
    peak: largestOf(services.map(({ name, samples }) => [`${name}_mb`, Math.max(...samples)])),
  };
}

function largestOf(named: readonly (readonly [string, number])[]): Round {
  return { figure: Math.max(...named.map(([, mb]) => mb)), also: Object.fromEntries(named) };
}

function residentMb(process: MeasuredProcess): number {
  return process.use().residentBytes / 1e6;
}

async function stockOnce({ bench }: BenchContext): Promise<Round> {
  const { server } = await startStockPersist(bench);
  try {
    let peak = 0;
    for (const endMs = Date.now() + STOCK_MS; Date.now() < endMs;) {
      await sleep(SAMPLE_MS);
      peak = Math.max(peak, residentMb(server));
    }
    return { figure: peak };
  } finally {
    await server.stop();
  }
}
