import {
  allTopics,
  deadLetterTopic,
  orders,
  partitionOf,
  payments,
  retryTopic,
  uuidv7TimeMs,
} from '@orderstream/events';
import type { LogReader } from '../log/log-reader.ts';
import type { LogRecord } from '../log/log-record.ts';

/** Clocks differ: a record may carry a time before its order's id was made. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** The topics that tell an order's life: records, what groups gave up of them, what they were handed back. */
const TOPICS: readonly string[] = [orders, payments].flatMap(({ name, groups }) => [
  name,
  ...groups.flatMap((group) => [deadLetterTopic(name, group), retryTopic(name, group)]),
]);

export interface OrderRecordsOptions {
  /** For orders older than a growth of their topic: their records then lie in two partitions. */
  readonly isInAnyPartition: boolean;
  readonly signal: AbortSignal;
}

/** Every record with the order's key, oldest first. Reads only the key's partition, from when the order's id was made. */
export async function recordsOfOrder(
  reader: LogReader,
  orderId: string,
  { isInAnyPartition, signal }: OrderRecordsOptions,
): Promise<LogRecord[]> {
  const present = new Set(await reader.topics());
  const wanted = allTopics().filter(({ name }) => TOPICS.includes(name) && present.has(name));
  const found: LogRecord[] = [];
  // One topic after the other: asked about many at once, a kafkajs client may take one topic's metadata for all of them.
  for (const { name } of wanted) {
    const timeMs = uuidv7TimeMs(orderId) - CLOCK_SKEW_MS;
    const starts = await reader.offsetsAt(name, { kind: 'time', timeMs });
    const ends = await reader.offsetsAt(name, { kind: 'now' });
    const partition = partitionOf(orderId, ends.size);
    const from = new Map([...starts].filter(([each]) => isInAnyPartition || each === partition));
    for await (const record of reader.records({ topic: name, from, to: ends, signal })) {
      if (record.key?.toString() === orderId) found.push(record);
    }
  }
  return found.sort((a, b) => a.timestampMs - b.timestampMs || a.offset - b.offset);
}
