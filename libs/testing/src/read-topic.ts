import { randomUUID } from 'node:crypto';
import type { Consumer, KafkaMessage } from 'kafkajs';
import { eventually } from './eventually.ts';
import { testKafka } from './kafka.ts';

/** A record as it lies in the topic; text where the wire has bytes. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  /** A repeated one joined by commas; null where Kafka has null. */
  readonly headers: Readonly<Record<string, string | null>>;
}

/**
 * Reads everything from the beginning to where the topic ended when the call was made, in partition and offset order.
 * @throws when the end is not reached within `deadlineMs` (default 45,000)
 */
export async function readTopic(
  topic: string | { readonly name: string },
  options: { readonly deadlineMs?: number } = {},
): Promise<TopicRecord[]> {
  const name = typeof topic === 'string' ? topic : topic.name;
  const kafka = testKafka();
  const admin = kafka.admin();
  await admin.connect();
  const groupId = `test-reader-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
  try {
    const ends = new Map<number, number>();
    // The brokers do not all know at once who leads the partitions of a topic that was just made.
    for (const { partition, low, high } of await eventually(() => admin.fetchTopicOffsets(name))) {
      if (Number(high) > Number(low)) ends.set(partition, Number(high));
    }
    if (ends.size === 0) return [];
    await consumer.connect();
    const records = await withDeadline(readToEnds(consumer, name, ends), options.deadlineMs ?? 45_000, name);
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}

async function readToEnds(
  consumer: Consumer,
  topic: string,
  ends: Map<number, number>,
): Promise<TopicRecord[]> {
  const records: TopicRecord[] = [];
  // Nothing is committed: a member that has to join again begins anew.
  const next = new Map<number, number>();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    const reading = consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const end = ends.get(batch.partition);
        if (end === undefined) return;
        for (const message of batch.messages) {
          const offset = Number(message.offset);
          if (offset < (next.get(batch.partition) ?? 0) || offset >= end) continue;
          records.push(recordOf(batch.partition, message));
          next.set(batch.partition, offset + 1);
        }
        if (Number(batch.lastOffset()) + 1 >= end) ends.delete(batch.partition);
        if (ends.size === 0) resolve();
      },
    });
    reading.catch(reject);
  });
  return records;
}

function recordOf(partition: number, message: KafkaMessage): TopicRecord {
  return {
    partition,
    offset: Number(message.offset),
    key: message.key?.toString() ?? null,
    value: message.value?.toString() ?? null,
    headers: Object.fromEntries(
      Object.entries(message.headers ?? {}).map(([name, value]) => [
        name,
        (value as unknown) === null ? null : String(value),
      ]),
    ),
  };
}

async function withDeadline<T>(work: Promise<T>, deadlineMs: number, name: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the end of ${name} was not reached within ${deadlineMs} ms`)),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
