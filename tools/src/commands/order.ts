import { isUuidv7 } from '@orderstream/events';
import type { Command } from 'commander';
import { LogReader } from '../log/log-reader.ts';
import { OperationRefused, sayingWhy, UsedWrongly } from '../log/operation-refused.ts';
import { messagesOf, type CatcherFlags } from '../order/order-messages.ts';
import { orderDocument, orderLines, ORDER_SHAPE } from '../order/order-page.ts';
import { recordsOfOrder } from '../order/order-records.ts';
import { rowsOfOrder } from '../order/order-rows.ts';
import { orderStory } from '../order/order-story.ts';
import { withDatabaseOptions, type DatabaseFlags } from '../order/service-databases.ts';
import { mailboxUrl, smsUrl } from '../start/local-addresses.ts';
import { listenForStop } from '../stop-request.ts';
import { kafkaFromOptions, withKafkaOptions, type KafkaFlags } from './kafka-options.ts';

interface OrderFlags extends KafkaFlags, Partial<DatabaseFlags>, CatcherFlags {
  readonly allPartitions?: boolean;
  readonly showContacts?: boolean;
  readonly json?: boolean;
}

/** `orderstream order <id>`: one order's whole life in one view. */
export function registerOrder(program: Command): void {
  withDatabaseOptions(withKafkaOptions(program.command('order')))
    .description(
      "show one order's whole life: its records, payments' too, what each group made of them, its rows in every service's database, " +
        'dead letters, mails and SMS, suspicions of fraud that it is part of',
    )
    .argument('<order-id>')
    .option(
      '--mailbox-url <url>',
      'the local mailbox (environment: MAILBOX_URL)',
      process.env['MAILBOX_URL'] || mailboxUrl,
    )
    .option(
      '--sms-url <url>',
      'the local SMS catcher (environment: SMS_CATCHER_URL)',
      process.env['SMS_CATCHER_URL'] || smsUrl,
    )
    .option(
      '--all-partitions',
      "search every partition: for an order older than a growth of its topic's partitions",
    )
    .option('--show-contacts', 'do not mask names, addresses and numbers of customers')
    .option('--json', `print ${ORDER_SHAPE}`)
    .action(sayingWhy(order));
}

async function order(id: string, flags: OrderFlags): Promise<void> {
  const orderId = id.toLowerCase();
  if (!isUuidv7(orderId))
    throw new UsedWrongly(`"${id}" is no order id: those are UUIDv7, as order-api answers them`);
  const stop = listenForStop();
  const reader = await LogReader.open(kafkaFromOptions(flags));
  try {
    const [records, rows] = await Promise.all([
      recordsOfOrder(reader, orderId, {
        isInAnyPartition: flags.allPartitions ?? false,
        signal: stop.signal,
      }),
      rowsOfOrder(orderId, flags),
    ]);
    if (stop.signal.aborted) throw new OperationRefused('stopped');
    const isKnown = records.length > 0 || rows.holdings.some((holding) => holding.rows.length > 0);
    if (!isKnown)
      throw unknownOrder(orderId, [...new Set(rows.holdings.flatMap(({ problem }) => problem ?? []))]);
    const notifications = rows.holdings.find(({ database }) => database === 'notifier')?.rows ?? [];
    const messages = await messagesOf(notifications, flags);
    const story = orderStory(orderId, records, rows, messages);
    if (flags.json) console.log(JSON.stringify(orderDocument(story, rows, messages, flags), null, 2));
    else console.log(orderLines(story, rows, messages, flags).join('\n'));
  } finally {
    await reader.close();
  }
}

function unknownOrder(orderId: string, problems: readonly string[]): OperationRefused {
  const nowhere = `There is no trace of order ${orderId}: no record on orders or payments with that key, and no row.`;
  return new OperationRefused([nowhere, ...problems.map((problem) => `Not seen: ${problem}`)].join('\n'));
}
