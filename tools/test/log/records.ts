import { createKafka, EventProducer, type KafkaSettings, type OutgoingRecord } from '@orderstream/events';
import { kafkaBrokers } from '@orderstream/testing';
import type { Admin } from 'kafkajs';

/** The tests' Kafka. */
export function kafkaSettings(): KafkaSettings {
  return { clientId: 'tools-test', brokers: kafkaBrokers() };
}

/** Sends the records and returns their offsets, in the records' order. */
export async function produce(records: readonly OutgoingRecord[]): Promise<number[]> {
  const producer = new EventProducer(kafkaSettings(), { sendTimeoutMs: 30_000 });
  try {
    const sent = await producer.sendAll(records);
    return sent.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason as Error;
      return Number(outcome.value.offset);
    });
  } finally {
    await producer.close();
  }
}

/** Asks the tests' Kafka. */
export async function asAdmin<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = createKafka(kafkaSettings()).admin();
  await admin.connect();
  try {
    return await question(admin);
  } finally {
    await admin.disconnect();
  }
}
