import { cpus, totalmem } from 'node:os';
import { createRequire } from 'node:module';
import type { BenchResult, Measured } from './figures.ts';

/** Where and with what the figures were taken. */
export interface BenchMachine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gib: number;
  readonly node: string;
  readonly kafkajs: string;
  readonly nest: string;
  readonly postgres: string;
}

export interface BenchReport {
  readonly taken_at: string;
  readonly machine: BenchMachine;
  readonly results: readonly BenchResult[];
}

const require = createRequire(import.meta.url);

export function describeMachine(postgres: string): BenchMachine {
  const version = (name: string): string => (require(`${name}/package.json`) as { version: string }).version;
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kafkajs: version('kafkajs'),
    nest: version('@nestjs/core'),
    postgres,
  };
}

/** The report as people read it. */
export function reportText({ machine, results }: BenchReport): string {
  const lines = [
    `${machine.cores} × ${machine.cpu}, ${machine.memory_gib} GiB; Node ${machine.node}, PostgreSQL ${machine.postgres}, kafkajs ${machine.kafkajs}, Nest ${machine.nest}`,
    'Absolute figures drift with the machine; the ratios were taken inside this run.',
  ];
  for (const result of results) {
    const { bench, unit, timesStock } = result;
    const compared = timesStock === undefined ? '' : ` — ${timesStock.toFixed(1)} times better than stock`;
    lines.push('', `${bench}: ${unit}${compared}`);
    for (const entry of result.measured) lines.push(...measuredLines(entry));
    lines.push(`  how: ${result.how}`);
  }
  return lines.join('\n');
}

function measuredLines({ way, what, median, rounds, also }: Measured): string[] {
  const spread = rounds.length > 1 ? `  (${rounds.map(number).join(', ')})` : '';
  const more = Object.entries(also ?? {}).map(
    ([name, value]) => `${name.replaceAll('_', ' ')} ${number(value)}`,
  );
  return [
    `  ${way.padEnd(6)} ${number(median).padStart(10)}${spread}  ${what}`,
    ...(more.length > 0 ? [`${' '.repeat(19)}${more.join(', ')}`] : []),
  ];
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
}
