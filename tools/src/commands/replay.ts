import type { ConsumerGroup } from '@orderstream/events';
import { Option, type Command } from 'commander';
import type pg from 'pg';
import { groupNames, groupTopics, topicNames } from '../dlq/group-topics.ts';
import { confirm } from '../dlq/preview.ts';
import { parsePosition, type LogPosition } from '../log/log-position.ts';
import { LogReader } from '../log/log-reader.ts';
import { OperationRefused, sayingWhy } from '../log/operation-refused.ts';
import {
  DATABASE_OF,
  onDatabase,
  withDatabaseOptions,
  type DatabaseFlags,
} from '../order/service-databases.ts';
import { requireGuard } from '../replay/guards.ts';
import { hasCommittedPast, movesBack, planReplay, type PartitionPlan } from '../replay/replay-plan.ts';
import { previewLines, recordsIn, reportDocument, REPORT_SHAPE } from '../replay/replay-report.ts';
import {
  countOpenLetters,
  readCommitted,
  readPositions,
  requireNoMembers,
  setCommittedBack,
  setPositionsBack,
  type GroupOnTopic,
} from '../replay/set-back.ts';
import { kafkaFromOptions, withKafkaOptions, type KafkaFlags } from './kafka-options.ts';

interface ReplayFlags extends KafkaFlags, Partial<DatabaseFlags> {
  readonly group: ConsumerGroup;
  readonly topic: string;
  readonly from: LogPosition;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `orderstream replay`: a group handles a topic's records again. */
export function registerReplay(program: Command): void {
  withDatabaseOptions(withKafkaOptions(program.command('replay')))
    .description(
      'let a stopped group handle records again from an offset or a time on; what it did is not repeated. There is no --to: a position is ' +
        'one number, so the group goes on from there to the end. Skipping what lies between would lose it',
    )
    .addOption(new Option('--group <group>', 'who').choices(groupNames).makeOptionMandatory())
    .addOption(new Option('--topic <topic>', 'what').choices(topicNames).makeOptionMandatory())
    .requiredOption(
      '--from <position>',
      'offset, RFC 3339 time (as the broker took the records) or "beginning"',
      parsePosition,
    )
    .option('--dry-run', 'show what would be done and do nothing')
    .option('-y, --yes', 'do not ask')
    .option('--json', `print ${REPORT_SHAPE}`)
    .action(sayingWhy(replay));
}

async function replay(flags: ReplayFlags): Promise<void> {
  groupTopics(flags.group, flags.topic);
  const database = DATABASE_OF[flags.group];
  const reader = await LogReader.open(kafkaFromOptions(flags));
  try {
    await onDatabase(database, flags, (client) => setBack(flags, reader, client));
  } finally {
    await reader.close();
  }
}

async function setBack(flags: ReplayFlags, reader: LogReader, client: pg.Client): Promise<void> {
  const { group, topic } = flags;
  const service = group === 'fraud' ? 'analytics' : group;
  const guard = await requireGuard(client, group, topic);
  const plan = await planFor(flags, reader, client);
  const openLetters = await countOpenLetters(client, flags, plan);
  const report = { group, topic, plan, guard, openLetters, isDone: false };
  for (const line of previewLines(report)) console.error(line);
  const isNeeded = plan.some((each) => movesBack(each) || hasCommittedPast(each));
  // Shown all the same: whoever wants to know what a replay would do need not stop the service for it.
  if (isNeeded && !flags.dryRun) {
    await reader.ask((admin) => requireNoMembers(admin, flags, service));
    if (!flags.yes) await confirm(`Set ${group} back by ${recordsIn(plan)} records of ${topic}?`);
    await reader.ask((admin) => requireNoMembers(admin, flags, service));
    await setCommittedBack(kafkaFromOptions(flags), flags, plan).catch((error: unknown) => {
      throw notSet(flags, error);
    });
    await reader.ask((admin) => requireNoMembers(admin, flags, service));
    await setPositionsBack(client, flags, plan);
  }
  const isDone = isNeeded && !flags.dryRun;
  if (flags.json) return console.log(JSON.stringify(reportDocument({ ...report, isDone }), null, 2));
  if (flags.dryRun) return console.log('dry run: nothing was changed');
  console.log(
    isDone
      ? `${group} begins there when it is started`
      : 'nothing is to be done: the group stands there, or before',
  );
}

async function planFor(flags: ReplayFlags, reader: LogReader, client: pg.Client): Promise<PartitionPlan[]> {
  const { topic, from } = flags;
  return planReplay({
    bounds: await reader.bounds(topic),
    wanted: await reader.offsetsAt(topic, from),
    named: from.kind === 'offset' ? from.offset : undefined,
    positions: await readPositions(client, flags),
    committed: await reader.ask((admin) => readCommitted(admin, flags)),
  });
}

function notSet({ group }: GroupOnTopic, error: unknown): OperationRefused {
  const reason = error instanceof Error ? error.message : String(error);
  return new OperationRefused(
    `Kafka did not take the committed offsets of ${group}: ${reason}. Nothing is replayed; the same command tries it again.`,
    { cause: error },
  );
}
