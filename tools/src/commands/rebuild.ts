import { parsePosition } from '@orderstream/events';
import { Argument, InvalidArgumentError, type Command } from 'commander';
import { confirm } from '../dlq/preview.ts';
import { sayingWhy, UsedWrongly } from '../log/operation-refused.ts';
import { databaseUrl, withDatabaseOptions, type DatabaseFlags } from '../order/service-databases.ts';
import { runRebuildProcess } from '../rebuild/rebuild-process.ts';
import { droppedLines, REPORT_SHAPE, reportLines } from '../rebuild/rebuild-report.ts';
import { SERVICES, type ServiceDefinition } from '../services/services.ts';
import { listenForStop } from '../stop-request.ts';
import { withKafkaOptions, type KafkaFlags } from './kafka-options.ts';

interface RebuildFlags extends KafkaFlags, Partial<DatabaseFlags> {
  readonly dryRun?: boolean;
  readonly dropOld?: boolean;
  readonly leaveOut?: readonly string[];
  readonly lockSeconds: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The services whose tables are nothing but what their records say. */
const TARGETS = ['analytics', 'order-api'];
const LOCK_SECONDS = 20;

/** `orderstream rebuild`: tables that are projected from the log, made anew beside the running service. */
export function registerRebuild(program: Command): void {
  withDatabaseOptions(withKafkaOptions(program.command('rebuild')))
    .description(
      "build the warehouse (analytics) or order-api's read model anew from the log beside the live one, then exchange the rows that differ in one " +
        'transaction. The service goes on; readers notice nothing. What is older than the log is carried over. Cut off at any point, nothing is changed',
    )
    .addArgument(new Argument('<target>', 'whose tables').choices(TARGETS))
    .option(
      '--dry-run',
      'build and compare, and change nothing; where records keep coming, the service is held up for the moment it takes to read the last of them',
    )
    .option(
      '--leave-out <topic/partition/offset>',
      'a record that cannot be handled now and never was; may be repeated',
      onePosition,
    )
    .option(
      '--lock-seconds <n>',
      'how long the exchange may hold the service up (readers are not); else it is given up',
      seconds,
      LOCK_SECONDS,
    )
    .option(
      '--drop-old',
      'only drop what the last rebuild kept of the rows it replaced, and the half-done tables of one that was killed',
    )
    .option('-y, --yes', 'do not ask')
    .option('--json', `print ${REPORT_SHAPE}`)
    .action(sayingWhy(rebuild));
}

async function rebuild(target: string, flags: RebuildFlags): Promise<void> {
  const service = SERVICES.find(({ name }) => name === target) as ServiceDefinition;
  if (flags.dropOld && flags.dryRun) throw new UsedWrongly('--drop-old drops: there is no --dry-run of it.');
  const isAsked = !flags.yes && !flags.dryRun;
  if (isAsked) {
    await confirm(
      flags.dropOld
        ? `Drop what the last rebuild of ${target} kept, and what one that was killed has left?`
        : `Rebuild the tables of ${target}? What an earlier rebuild kept of the rows it replaced is dropped.`,
    );
  }
  const done = await runRebuildProcess(
    {
      dry_run: flags.dryRun ?? false,
      drop_old: flags.dropOld ?? false,
      leave_out: flags.leaveOut ?? [],
      lock_seconds: flags.lockSeconds,
    },
    {
      service,
      stop: listenForStop(),
      onProgress: progressPrinter(),
      env: {
        ...process.env,
        NODE_ENV: 'production',
        KAFKA_BROKERS: flags.brokers,
        DATABASE_URL: databaseUrl(service.database, flags),
      },
    },
  );
  if ('was_there' in done) {
    const document = { target, dropped: done.was_there, dropped_abandoned: done.was_abandoned };
    if (flags.json) return console.log(JSON.stringify(document, null, 2));
    return console.log(droppedLines(done).join('\n'));
  }
  if (flags.json) return console.log(JSON.stringify({ target, ...done }, null, 2));
  console.log(reportLines(target, done).join('\n'));
}

function progressPrinter(): (line: string) => void {
  const startedMs = performance.now();
  return (line) =>
    console.error(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

function onePosition(text: string, before: readonly string[] = []): string[] {
  if (parsePosition(text) !== undefined) return [...before, text];
  throw new InvalidArgumentError('It must be topic/partition/offset, as the refusal names it.');
}

function seconds(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds, from 1.');
}
