import {
  allTopics,
  applyTopics,
  createKafka,
  planTopics,
  type KafkaSettings,
  type PlanOptions,
  type TopicChange,
} from '@orderstream/events';
import { InvalidArgumentError, type Command } from 'commander';
import { CommandFailed } from '../exit-codes.ts';
import { kafkaFromOptions, withKafkaOptions, type KafkaFlags } from './kafka-options.ts';

interface TopicsFlags extends KafkaFlags {
  readonly replicationFactor?: number;
  readonly json?: boolean;
}

/** `orderstream topics plan|apply`: the topics as code, held against the broker. */
export function registerTopics(program: Command): void {
  const topics = program
    .command('topics')
    .description('the topics as code (libs/events/src/topics.ts), their retry and dead-letter topics')
    .helpCommand(false);
  withTopicsOptions(topics.command('plan'))
    .description('show what `apply` would change; changes nothing')
    .action(plan);
  withTopicsOptions(topics.command('apply'))
    .description(
      'create what is missing and change what differs; what cannot be changed in place is named, and exits with 1',
    )
    .action(apply);
}

function withTopicsOptions(command: Command): Command {
  return withKafkaOptions(command)
    .option(
      '--replication-factor <n>',
      'copies of each record (default: what the topics that exist have; else 3, or one for each broker where there are fewer)',
      positive,
    )
    .option('--json', 'print {changes: [{kind, topic, …}]} as JSON');
}

async function plan(flags: TopicsFlags): Promise<void> {
  report(await readPlan(kafkaFromOptions(flags), flags), flags, 'would');
}

async function apply(flags: TopicsFlags): Promise<void> {
  const kafka = kafkaFromOptions(flags);
  const changes = await readPlan(kafka, flags);
  await bringTopicsUpToDate(kafka, changes);
  report(changes, flags, 'did');
  if (changes.some(({ kind }) => kind === 'impossible')) throw new CommandFailed();
}

/** Applies the topics of this checkout. @returns how many changes that took. @throws when Kafka is away or refuses */
export async function bringTopicsUpToDate(
  kafka: KafkaSettings,
  changes?: readonly TopicChange[],
): Promise<number> {
  const planned = changes ?? (await readPlan(kafka));
  const admin = createKafka(kafka).admin();
  try {
    await admin.connect();
    await applyTopics(admin, planned);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
  return planned.length;
}

async function readPlan(kafka: KafkaSettings, options: PlanOptions = {}): Promise<TopicChange[]> {
  const admin = createKafka(kafka).admin();
  try {
    await admin.connect();
    return await planTopics(admin, allTopics(), options);
  } catch (error) {
    console.error(`Kafka at ${kafka.brokers.join(', ')} did not answer: ${(error as Error).message}`);
    throw new CommandFailed();
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function report(changes: readonly TopicChange[], flags: TopicsFlags, tense: 'would' | 'did'): void {
  if (flags.json) {
    const rows = changes.map(({ topic, ...change }) => ({ ...change, topic: topic.name }));
    return console.log(JSON.stringify({ changes: rows }, null, 2));
  }
  if (changes.length === 0) return console.log('The topics are as the code says.');
  for (const change of changes) console.log(`${tense === 'would' ? '' : 'done: '}${describe(change)}`);
}

function describe(change: TopicChange): string {
  const { topic } = change;
  switch (change.kind) {
    case 'create':
      return `create ${topic.name} (${topic.partitions} partitions, ${change.replicas} ${change.replicas === 1 ? 'copy' : 'copies'}, kept ${topic.retentionMs / 86_400_000} days)`;
    case 'add-partitions':
      return `grow ${topic.name} from ${change.from} to ${topic.partitions} partitions (keys move: their order breaks across the change)`;
    case 'set-config':
      return `set ${topic.name} ${change.key} from ${change.from || 'nothing'} to ${change.to}`;
    case 'impossible':
      return `CANNOT change ${topic.name}: ${change.why}`;
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 100) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 100.');
}
