import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InvalidArgumentError, Argument, type Command } from 'commander';
import { benchAccept, releaseServers } from '../bench/accept.ts';
import type { BenchContext } from '../bench/bench-context.ts';
import { BenchPlatform } from '../bench/bench-platform.ts';
import type { BenchResult } from '../bench/figures.ts';
import { benchLatency } from '../bench/latency.ts';
import { stopMeasured } from '../bench/measured-process.ts';
import { benchMemory } from '../bench/memory.ts';
import { benchPanels } from '../bench/panels.ts';
import { benchPersistAndRelay } from '../bench/persist.ts';
import { describeMachine, reportText, type BenchReport } from '../bench/report.ts';
import { benchWarehouse } from '../bench/warehouse.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { workspaceRoot } from '../platform/index.ts';
import { progressLines } from '../progress-lines.ts';
import { listenForStop } from '../stop-request.ts';

interface BenchFlags {
  readonly rounds: number;
  readonly seconds: number;
  readonly events: number;
  readonly out: string;
  readonly json?: boolean;
}

const BENCHES = ['accept', 'persist', 'relay', 'latency', 'memory', 'warehouse', 'panels'] as const;
type Bench = (typeof BENCHES)[number];

/** `orderstream bench`: what this machine does, beside the stock way and the limit, in one run. */
export function registerBench(program: Command): void {
  program
    .command('bench')
    .description(
      'measure, on a Kafka and PostgreSQL of its own: each figure beside the stock Nest way and the limit, taken in the same run',
    )
    .addArgument(new Argument('[bench...]', 'which; default: all').choices(BENCHES))
    .option('--rounds <n>', 'interleaved rounds; the median counts', positive, 3)
    .option('--seconds <n>', 'length of a round of accept; latency takes 30 at least', positive, 8)
    .option('--events <n>', 'events of a round of persist, relay and warehouse', positive, 240_000)
    .option(
      '--out <file>',
      'where the figures are written as JSON; relative to the checkout',
      join('bench-results', 'latest.json'),
    )
    .option(
      '--json',
      'print that JSON to stdout: {taken_at, machine, results: [{bench, unit, measured, timesStock?}]}',
    )
    .action(bench);
}

async function bench(chosen: Bench[], flags: BenchFlags): Promise<void> {
  const wanted = new Set(chosen.length === 0 ? BENCHES : chosen);
  const stop = listenForStop(() => console.error('stopping …'));
  const platform = await BenchPlatform.start(progressLines());
  try {
    const context: BenchContext = {
      bench: platform,
      rounds: flags.rounds,
      seconds: flags.seconds,
      events: flags.events,
      stop: stop.signal,
      progress: (line) => console.error(line),
    };
    const results = await Promise.race([
      runAll(wanted, context),
      stop.requested.then(() => {
        throw new CommandFailed();
      }),
    ]);
    const [version] = await platform.sql<{ server_version: string }>('postgres', 'SHOW server_version');
    const report: BenchReport = {
      taken_at: new Date().toISOString(),
      machine: describeMachine(version?.server_version ?? 'unknown'),
      results,
    };
    const file = resolve(workspaceRoot, flags.out);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    console.log(
      flags.json ? JSON.stringify(report, null, 2) : `${reportText(report)}\n\nwritten to ${flags.out}`,
    );
  } finally {
    // What is broken off finds its programs, and then its servers, gone: it may fail as it likes, and is not waited for.
    if (stop.signal.aborted) process.on('uncaughtException', () => undefined);
    await stopMeasured();
    await platform.stop();
    if (stop.signal.aborted) process.exit(EXIT.failed);
  }
}

async function runAll(wanted: ReadonlySet<Bench>, context: BenchContext): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  if (wanted.has('accept')) {
    results.push(await benchAccept(context));
    releaseServers(context.bench.platform.pids);
  }
  if (wanted.has('persist') || wanted.has('relay')) {
    const both = await benchPersistAndRelay(context);
    results.push(...both.filter(({ bench: name }) => wanted.has(name as Bench)));
  }
  if (wanted.has('latency')) results.push(await benchLatency(context));
  if (wanted.has('memory')) results.push(...(await benchMemory(context)));
  if (wanted.has('warehouse')) results.push(...(await benchWarehouse(context)));
  if (wanted.has('panels')) results.push(await benchPanels(context));
  return results;
}

function positive(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}
