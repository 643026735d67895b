import { parsePosition } from '@orderstream/events';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { kafkaFromOptions, withKafkaOptions, type KafkaFlags } from '../commands/kafka-options.ts';
import { parseTime } from '../log/log-position.ts';
import { LogReader } from '../log/log-reader.ts';
import { groupNames, groupTopics, topicNames } from './group-topics.ts';
import { LetterLog } from './letter-log.ts';
import type { Selection } from './selection.ts';

export interface SelectionFlags extends KafkaFlags {
  readonly group?: string;
  readonly topic?: string;
  readonly reason?: readonly string[];
  readonly type?: readonly string[];
  readonly key?: readonly string[];
  readonly since?: number;
  readonly until?: number;
  readonly id?: readonly string[];
  readonly all?: boolean;
}

/** Adds the flags that say which letters are meant. */
export function withSelectionOptions(command: Command): Command {
  return withKafkaOptions(command)
    .addOption(new Option('--group <group>', 'only what this group could not process').choices(groupNames))
    .addOption(new Option('--topic <topic>', 'only records of this topic').choices(topicNames))
    .option('--reason <reason...>', 'only these reasons, as contract-violated')
    .option('--type <event-type...>', 'only these event types')
    .option('--key <key...>', 'only these keys (orders and payments: the order_id)')
    .option('--since <time>', 'given up at this RFC 3339 time or later', parseTime)
    .option('--until <time>', 'given up before this RFC 3339 time', parseTime)
    .option('--id <topic/partition/offset...>', 'only these records', recordIds);
}

export function selectionOf(flags: SelectionFlags, state: Selection['state']): Selection {
  const { reason, type, key, since, until, id } = flags;
  return { reasons: reason, types: type, keys: key, sinceMs: since, untilMs: until, ids: id, state };
}

/** Whether any flag says which letters are meant. */
export function namesAny(flags: SelectionFlags): boolean {
  const { group, topic, reason, type, key, since, until, id } = flags;
  return [group, topic, reason, type, key, since, until, id].some((flag) => flag !== undefined);
}

/** Runs `work` on the letters of the groups and topics that the flags name, read to the end. */
export async function withLetters(
  flags: SelectionFlags,
  work: (log: LetterLog, reader: LogReader) => Promise<void>,
): Promise<void> {
  const of = groupTopics(flags.group, flags.topic);
  const reader = await LogReader.open(kafkaFromOptions(flags));
  try {
    const log = new LetterLog(reader, of);
    await log.refresh();
    await work(log, reader);
  } finally {
    await reader.close();
  }
}

function recordIds(text: string, before: readonly string[] = []): string[] {
  return [...before, parseRecordId(text)];
}

export function parseRecordId(text: string): string {
  if (parsePosition(text) !== undefined) return text;
  throw new InvalidArgumentError('It must be topic/partition/offset, as orders/3/1234.');
}
