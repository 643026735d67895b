import type { Admin } from 'kafkajs';
import { kafkaBrokers } from '@orderstream/testing';
import { createKafka } from '../../src/index.ts';

/** Does something as an operator would, over a connection of its own. */
export async function asOperator<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = createKafka({ clientId: 'test-operator', brokers: kafkaBrokers() }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export function createTopic(topic: string, numPartitions: number): Promise<boolean> {
  const topics = [{ topic, numPartitions, replicationFactor: 1 }];
  return asOperator((admin) => admin.createTopics({ waitForLeaders: true, topics }));
}

export function deleteTopic(topic: string): Promise<void> {
  return asOperator((admin) => admin.deleteTopics({ topics: [topic] }));
}
