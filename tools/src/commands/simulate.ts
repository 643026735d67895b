import { InvalidArgumentError, Option, type Command } from 'commander';
import { CommandFailed } from '../exit-codes.ts';
import { OperationRefused, sayingWhy } from '../log/operation-refused.ts';
import { SERVICES, serviceUrl, type ServiceDefinition } from '../services/services.ts';
import { runSimulation, type Simulation } from '../simulate/run-simulation.ts';
import { isExact, SUMMARY_SHAPE, summaryOf } from '../simulate/summary.ts';
import { summaryLines } from '../simulate/summary-text.ts';
import { listenForStop } from '../stop-request.ts';

interface SimulateFlags {
  readonly url: string;
  readonly rate: number;
  readonly duration: number;
  readonly seed: number;
  readonly speed: number;
  readonly startsAt: number;
  readonly bad: number;
  readonly fraudsters: number;
  readonly run: string;
  readonly settle: number;
  readonly json?: boolean;
}

const orderApi = SERVICES.find(({ name }) => name === 'order-api') as ServiceDefinition;

/** `orderstream simulate`: visitors of a shop, through the REST API. */
export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description(
      'let visitors browse, fill carts, register, buy, pay or fail to, through the REST API; says at the end what the dashboard must show. ' +
        'The same seed gives the same traffic',
    )
    .option(
      '--url <url>',
      'order-api (environment: ORDER_API_URL)',
      process.env['ORDER_API_URL'] || serviceUrl(orderApi),
    )
    .option(
      '--rate <n>',
      'visits that begin per second; a visit is about 7 web events, every sixth one orders',
      positive,
      5,
    )
    .addOption(
      new Option('--duration <time>', 'how long visits begin, as 60s, 5m or 1h; those under way are let end')
        .argParser(duration)
        .default(60_000, '60s'),
    )
    .option('--seed <n>', 'which traffic', whole, 1)
    .option(
      '--speed <factor>',
      'simulated time for real time: 1440 is a day in a minute, pauses shorter alike',
      positive,
      1,
    )
    .addOption(
      new Option('--starts-at <hh:mm>', 'time of the simulated day: nights are quiet, evenings busy')
        .argParser(timeOfDay)
        .default(8 * 60 * 60 * 1000, '08:00'),
    )
    .option('--bad <share>', 'share of visits that send something to be refused, as 0.05', share, 0)
    .option(
      '--fraudsters <share>',
      'share of visits that are fraud, as 0.01; the summary names whom to find',
      share,
      0,
    )
    .addOption(
      new Option(
        '--run <name>',
        'names the visitors; the same name and seed again are the same visitors, and add nothing but web events',
      )
        .argParser(runName)
        .default(newRun(), 'a new one'),
    )
    .addOption(
      new Option('--settle <time>', 'how long orders are waited for at the end')
        .argParser(duration)
        .default(60_000, '60s'),
    )
    .option('--json', `print the summary as ${SUMMARY_SHAPE}`)
    .action(sayingWhy(simulate));
}

async function simulate(flags: SimulateFlags): Promise<void> {
  await requireShop(flags.url);
  const stop = listenForStop(() => console.error('stopping: visits under way are broken off'));
  const simulation: Simulation = {
    ...flags,
    visits: Math.max(1, Math.round((flags.rate * flags.duration) / 1000)),
    startsAtMs: flags.startsAt,
    spanMs: flags.duration * flags.speed,
    settleMs: flags.settle,
    signal: stop.signal,
    progress: (line) => console.error(line),
  };
  const summary = summaryOf(simulation, await runSimulation(simulation));
  console.log(flags.json ? JSON.stringify(summary, null, 2) : summaryLines(summary).join('\n'));
  if (!isExact(summary)) throw new CommandFailed();
}

async function requireShop(url: string): Promise<void> {
  const answer = await fetch(`${url.replace(/\/+$/, '')}/health/ready`).catch(
    (error: unknown) => error as Error,
  );
  if (!(answer instanceof Error) && answer.ok) return;
  const why = answer instanceof Error ? 'does not answer' : `is not ready (${answer.status})`;
  throw new OperationRefused(
    `order-api at ${url} ${why}. Start it with npm start, or name another one by --url.`,
  );
}

/** Different for each run, and short enough for ids of 64 characters. */
function newRun(): string {
  return `r${Date.now().toString(36)}`;
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

function whole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

function runName(text: string): string {
  if (/^[A-Za-z0-9-]{1,32}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 32 letters, digits and hyphens.');
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function duration(text: string): number {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  if (unit !== undefined && Number(amount) > 0) return Number(amount) * (UNITS_MS[unit] as number);
  throw new InvalidArgumentError('It must be a duration such as 500ms, 60s, 5m or 1h.');
}

function timeOfDay(text: string): number {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours !== undefined) return (Number(hours) * 60 + Number(minutes)) * 60_000;
  throw new InvalidArgumentError('It must be a time of day such as 08:00.');
}
