import { randomUUID } from 'node:crypto';
import type { KafkaMessage } from 'kafkajs';
import { eventually, kafkaBrokers } from '@orderstream/testing';
import { createKafka } from '../../src/index.ts';
import { asOperator } from './admin.ts';

/** The first `count` records of a topic of one partition, as the bytes they are. */
export async function rawRecords(topic: string, count: number): Promise<KafkaMessage[]> {
  const groupId = `test-raw-${randomUUID()}`;
  const consumer = createKafka({ clientId: 'test-raw', brokers: kafkaBrokers() }).consumer({
    groupId,
    maxWaitTimeInMs: 100,
  });
  const records: KafkaMessage[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void records.push(message) });
  await eventually(() => records.length >= count, { deadlineMs: 30_000 });
  await consumer.disconnect();
  await asOperator((admin) => admin.deleteGroups([groupId]));
  return records;
}
