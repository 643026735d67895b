import { groupTopics } from '@orderstream/events';
import { Option, type Command } from 'commander';
import { groupNames } from '../dlq/group-topics.ts';
import { parseDurationMs } from '../dlq/option-values.ts';
import { isWorthALine, lagDocument, lagLines, LAG_SHAPE, type LagReport } from '../lag/lag-report.ts';
import { watchLag } from '../lag/watch-lag.ts';
import { OperationRefused, sayingWhy, UsedWrongly } from '../log/operation-refused.ts';
import { endWithReader, printLine } from '../log/stdout.ts';
import { listenForStop } from '../stop-request.ts';
import { kafkaFromOptions, withKafkaOptions, type KafkaFlags } from './kafka-options.ts';

interface LagFlags extends KafkaFlags {
  readonly group?: string;
  readonly watch?: boolean;
  readonly window?: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

const ONCE_MS = 5_000;
const WATCHED_MS = 60_000;
const LEAST_WINDOW_MS = 1_000;
const INTERVAL_MS = 1_000;
const LOOKS_PER_ONCE = 5;
const CLEAR_SCREEN = '\x1b[H\x1b[J';

/** `orderstream lag`: how far each group is behind, and whether that is a worry. No group hears of it. */
export function registerLag(program: Command): void {
  withKafkaOptions(program.command('lag'))
    .description('say how far each consumer group is behind and whether that is a worry; disturbs no group')
    .addOption(new Option('--group <group>', 'only this group').choices(groupNames))
    .option('--watch', 'go on until Ctrl-C')
    .option(
      '--window <duration>',
      'look for so long before judging (default: 5s; with --watch 60s)',
      parseDurationMs,
    )
    .option('--all', 'retry topics, too, when nothing is on them')
    .option('--json', `print ${LAG_SHAPE}; with --watch, one such document per line`)
    .addHelpText('after', MEANING)
    .action(sayingWhy(lag));
}

const MEANING = `
STOPPED  nobody reads: the group has no instance on the topic, and its offsets do not move
STALLED  instances are there, and nothing moves
WARN     it moves, and falls behind further and further
OK       it caught up within the window, or gets nearer`;

async function lag(flags: LagFlags): Promise<void> {
  const stop = listenForStop();
  const ended = new AbortController();
  endWithReader(() => ended.abort());
  const windowMs = flags.window ?? (flags.watch ? WATCHED_MS : ONCE_MS);
  if (windowMs < LEAST_WINDOW_MS) throw new UsedWrongly('a --window is one second at least');
  const reports = watchLag({
    kafka: kafkaFromOptions(flags),
    of: groupTopics.filter(({ group }) => flags.group === undefined || group === flags.group),
    windowMs,
    intervalMs: flags.watch ? INTERVAL_MS : windowMs / LOOKS_PER_ONCE,
    signal: AbortSignal.any([stop.signal, ended.signal]),
    onTrouble: flags.watch ? (sentence) => console.error(sentence) : undefined,
  });
  if (!flags.watch) console.error(`Looking for ${windowMs / 1000} s …`);
  let firstMs: number | undefined;
  for await (const report of reports) {
    firstMs ??= report.atMs;
    // Looks that take long may be too few to judge by.
    const isJudged = report.statuses.every(({ verdict }) => verdict !== undefined);
    const isLast = isJudged && report.atMs - firstMs >= windowMs;
    if (flags.watch || isLast) await print(report, flags);
    if (!flags.watch && isLast) return;
  }
  if (!flags.watch && stop.signal.aborted)
    throw new OperationRefused('stopped before the window was over: nothing is judged');
}

async function print(report: LagReport, { json, watch, all }: LagFlags): Promise<void> {
  const statuses = all ? report.statuses : report.statuses.filter(isWorthALine);
  if (statuses.length === 0)
    throw new OperationRefused('None of the topics is there: run `orderstream topics apply`.');
  if (json) return printLine(JSON.stringify(lagDocument({ ...report, statuses }), null, watch ? 0 : 2));
  if (watch && process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN);
  await printLine(lagLines({ ...report, statuses }).join('\n'));
  if (watch && !process.stdout.isTTY) await printLine('');
}
