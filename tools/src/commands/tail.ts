import { InvalidArgumentError, Option, type Command } from 'commander';
import { endWithReader, printLine } from '../log/stdout.ts';
import { LogReader } from '../log/log-reader.ts';
import { parsePosition, type LogPosition } from '../log/log-position.ts';
import { OperationRefused, sayingWhy } from '../log/operation-refused.ts';
import { listenForStop } from '../stop-request.ts';
import { RECORD_SHAPE, recordDocument, recordLine } from '../tail/record-line.ts';
import { tailTopic } from '../tail/tail-topic.ts';
import { kafkaFromOptions, withKafkaOptions, type KafkaFlags } from './kafka-options.ts';

interface TailFlags extends KafkaFlags {
  readonly from: LogPosition;
  readonly partition?: number;
  readonly untilEnd?: boolean;
  readonly limit?: number;
  readonly type?: readonly string[];
  readonly key?: string;
  readonly showContacts?: boolean;
  readonly json?: boolean;
}

/** `orderstream tail <topic>`: looks at records; no group hears of it. */
export function registerTail(program: Command): void {
  withKafkaOptions(program.command('tail'))
    .description('print the records of a topic readably, as they come; disturbs no consumer group')
    .argument('<topic>', 'any topic, dead-letter and retry topics too')
    .addOption(
      new Option('--from <position>', 'offset, RFC 3339 time, "beginning" or "now"')
        .argParser(parsePosition)
        .default({ kind: 'now' }, '"now"'),
    )
    .option('--partition <n>', 'only this partition', wholeNumber)
    .option('--until-end', 'end at what is there now, instead of waiting for more')
    .option('--limit <n>', 'end after so many records', wholeNumber)
    .option('--type <event-type...>', 'only these event types')
    .option(
      '--key <key>',
      'only this key: order_id of orders and payments, user_id of users, session_id of web-events',
    )
    .option('--show-contacts', 'do not mask names, addresses and numbers of customers')
    .option('--json', `print each record as one line of JSON: ${RECORD_SHAPE}`)
    .action(sayingWhy(tail));
}

async function tail(topic: string, flags: TailFlags): Promise<void> {
  const stop = listenForStop();
  const ended = new AbortController();
  endWithReader(() => ended.abort());
  const reader = await LogReader.open(kafkaFromOptions(flags));
  try {
    await requirePartition(reader, topic, flags.partition);
    const records = tailTopic(reader, {
      topic,
      partition: flags.partition,
      from: flags.from,
      untilEnd: flags.untilEnd ?? false,
      type: flags.type,
      key: flags.key,
      signal: AbortSignal.any([stop.signal, ended.signal]),
      onTrouble: (sentence) => console.error(sentence),
    });
    let left = flags.limit ?? Infinity;
    if (left === 0) return;
    for await (const record of records) {
      await printLine(flags.json ? JSON.stringify(recordDocument(record, flags)) : recordLine(record, flags));
      if ((left -= 1) === 0) return;
    }
    if (flags.untilEnd && stop.signal.aborted)
      throw new OperationRefused('stopped before the end: not everything was shown');
  } finally {
    await reader.close();
  }
}

async function requirePartition(reader: LogReader, topic: string, partition?: number): Promise<void> {
  const partitions = await reader.bounds(topic);
  if (partition === undefined || partitions.has(partition)) return;
  throw new OperationRefused(`${topic} has the partitions 0 to ${partitions.size - 1}, not ${partition}.`);
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
