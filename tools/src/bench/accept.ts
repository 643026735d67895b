import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { orders, type Topic } from '@orderstream/events';
import type { Result } from 'autocannon';
import { freePorts, HOST, orderstreamDir } from '../platform/index.ts';
import {
  builtFile,
  SERVICE_NODE_FLAGS,
  serviceEnvironment,
  SERVICES,
  type ServiceDefinition,
} from '../services/services.ts';
import type { BenchContext } from './bench-context.ts';
import { stockOrders } from './bench-platform.ts';
import { result, summarise, type BenchResult, type Measured, type Round } from './figures.ts';
import { canPin, MeasuredProcess } from './measured-process.ts';

const run = promisify(execFile);

interface Candidate {
  readonly way: Measured['way'];
  readonly what: string;
  readonly url: string;
  readonly process: MeasuredProcess;
  /** Where its accepted orders are found again. */
  readonly topic: Topic | undefined;
}

type Pids = BenchContext['bench']['platform']['pids'];

const SERVER_CORE = 0;
const LOAD_CORE = 1;
const CONNECTIONS = 64;
/** Kafka’s JVM and the services’ V8 have compiled what is hot by then. */
const WARM_UP_SECONDS = 20;

/**
 * POST /v1/orders, closed loop: how many orders a second one server on one core accepts, each answered only when Kafka holds it
 * (ours and stock). Fails when an answer is not 2xx or when the topic holds fewer records than were answered 202.
 */
export async function benchAccept(context: BenchContext): Promise<BenchResult> {
  const { bench, rounds, seconds, progress } = context;
  await bench.reset();
  keepServersOn(String(LOAD_CORE), bench.platform.pids);
  const candidates = await startCandidates(context);
  const measured = new Map<Candidate, Round[]>(candidates.map((candidate) => [candidate, []]));
  try {
    for (const candidate of candidates) {
      progress(`accept: warming up ${candidate.way}`);
      await load(context, candidate, WARM_UP_SECONDS);
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const candidate of candidates) {
        progress(`accept: round ${round} of ${rounds}, ${candidate.way}`);
        measured.get(candidate)?.push(await measure(context, candidate, seconds));
      }
    }
  } finally {
    await Promise.all(candidates.map(({ process }) => process.stop()));
  }
  return result({
    bench: 'accept',
    unit: 'orders accepted per second',
    higherIsBetter: true,
    how: `autocannon, closed loop, ${CONNECTIONS} connections, ${seconds} s a round after ${WARM_UP_SECONDS} s of warm-up; the server on ${
      canPin ? 'one core, load, Kafka and PostgreSQL on the other' : 'any core'
    }; acks=all; every 202 checked against the topic`,
    measured: [...measured].map(([candidate, figures]) => summarise(candidate.way, candidate.what, figures)),
  });
}

async function startCandidates({ bench }: BenchContext): Promise<Candidate[]> {
  const port = await freePorts(3);
  const orderApi = {
    ...(SERVICES.find(({ name }) => name === 'order-api') as ServiceDefinition),
    port,
  };
  const plans = [
    {
      way: 'ours' as const,
      what: 'order-api as deployed',
      file: builtFile(orderApi, 'main.js'),
      env: serviceEnvironment(orderApi, bench.platform),
      flags: SERVICE_NODE_FLAGS,
      ready: '/health/ready',
      topic: orders,
    },
    {
      way: 'stock' as const,
      what: 'Nest on Express, class-validator, ClientKafka.emit',
      file: join(import.meta.dirname, 'stock', 'accept-server.js'),
      env: {
        ...process.env,
        NODE_ENV: 'production',
        PORT: String(port + 1),
        KAFKA_BROKERS: bench.platform.kafkaBrokers,
        TOPIC: stockOrders.name,
      },
      flags: [],
      ready: '/ready',
      topic: stockOrders,
    },
    {
      way: 'limit' as const,
      what: 'node:http parsing the body and answering, no check, no Kafka',
      file: join(import.meta.dirname, 'limit', 'accept-server.js'),
      env: { ...process.env, NODE_ENV: 'production', PORT: String(port + 2) },
      flags: [],
      ready: '/',
      topic: undefined,
    },
  ];
  return Promise.all(
    plans.map(async ({ way, what, file, env, flags, ready, topic }) => {
      const url = `http://${HOST}:${env.PORT}`;
      const process = await new MeasuredProcess(file, { env, flags, core: SERVER_CORE }).untilAnswers(
        url + ready,
      );
      return { way, what, url: `${url}/v1/orders`, process, topic };
    }),
  );
}

async function measure(context: BenchContext, candidate: Candidate, seconds: number): Promise<Round> {
  const { bench } = context;
  const recordsBefore = candidate.topic ? await bench.recordsOn(candidate.topic) : 0;
  const useBefore = candidate.process.use();
  const found = await load(context, candidate, seconds);
  // What it does with the orders once they are answered is its cost too, and nobody else's round.
  const use = await candidate.process.untilIdle();
  if (found.non2xx + found.errors + found.timeouts > 0) {
    throw new Error(
      `${candidate.way}: ${found.non2xx} answers were not 2xx, ${found.errors} failed, ${found.timeouts} timed out`,
    );
  }
  if (candidate.topic) {
    const records = (await bench.recordsOn(candidate.topic)) - recordsBefore;
    if (records < found['2xx'])
      throw new Error(`${candidate.way}: ${found['2xx']} orders accepted, ${records} in the topic`);
  }
  return {
    figure: found['2xx'] / found.duration,
    also: {
      p50_ms: found.latency.p50,
      p99_ms: found.latency.p99,
      cpu_us_per_request: ((use.cpuSeconds - useBefore.cpuSeconds) / found['2xx']) * 1e6,
      resident_mb: use.residentBytes / 1e6,
    },
  };
}

async function load({ stop }: BenchContext, candidate: Candidate, seconds: number): Promise<Result> {
  const node = [join(import.meta.dirname, 'load.js'), candidate.url, String(seconds), String(CONNECTIONS)];
  const [command, ...args] = canPin
    ? (['taskset', '-c', String(LOAD_CORE), process.execPath, ...node] as const)
    : ([process.execPath, ...node] as const);
  const { stdout } = await run(command, args, {
    cwd: orderstreamDir,
    maxBuffer: 64 * 1024 * 1024,
    signal: stop,
  });
  return JSON.parse(stdout) as Result;
}

/** Kafka and PostgreSQL off the service's core, for all three alike. Without taskset everything floats. */
function keepServersOn(cores: string, { kafka, postgres }: Pids): void {
  if (!canPin) return;
  for (const pid of [kafka, postgres, ...childrenOf(postgres)]) {
    if (pid !== undefined) spawnSync('taskset', ['-a', '-c', '-p', cores, String(pid)]);
  }
}

/** Back to every core, for the benchmarks that follow. */
export function releaseServers(pids: Pids): void {
  keepServersOn('0-1023', pids);
}

/** PostgreSQL is a process for each of its jobs; a connection's is the child of its first one, and stays on its cores. */
function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
