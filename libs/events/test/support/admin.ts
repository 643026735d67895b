import type { Admin } from 'kafkajs';
import { eventually, kafkaBrokers } from '@orderstream/testing';
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

/** Waits until the leader of every partition answers. */
export function createTopic(topic: string, numPartitions: number): Promise<void> {
  const topics = [{ topic, numPartitions, replicationFactor: 1 }];
  return asOperator(async (admin) => {
    await admin.createTopics({ waitForLeaders: false, topics });
    // kafkajs's own wait fails where the broker does not know the new topic yet.
    await eventually(() => admin.fetchTopicOffsets(topic));
  });
}

/** Waits until the broker no longer lists the topic. */
export function deleteTopic(topic: string): Promise<void> {
  return asOperator(async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    // The controller answers before the broker has heard of it.
    await eventually(async () => !(await admin.listTopics()).includes(topic));
  });
}
