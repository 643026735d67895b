import { randomUUID } from 'node:crypto';
import { eventually, kafkaBrokers, testTopic, type TestTopic } from '@orderstream/testing';
import { DeadLetterWatch, deadLetterTopic, type EventProducer } from '../../src/index.ts';
import { createTopic, deleteTopic } from '../support/admin.ts';
import { api } from '../support/kafka-frames.ts';
import { KafkaProxy } from '../support/kafka-proxy.ts';
import { aProducer } from '../support/producing.ts';
import { limitReads } from '../support/quota.ts';

const DEADLINE = { deadlineMs: 40_000 };

let topic: TestTopic;
let proxy: KafkaProxy;
let producer: EventProducer;
let watch: DeadLetterWatch;

beforeEach(async () => {
  topic = await testTopic({ companions: (name) => [deadLetterTopic(name, 'worker')] });
  proxy = await KafkaProxy.start();
  producer = aProducer(kafkaBrokers());
  watch = new DeadLetterWatch({ clientId: 'test', brokers: [proxy.broker] }, [
    { group: 'worker', topic: topic.name },
  ]);
});
afterEach(async () => {
  await watch.close();
  await producer.close();
  await proxy.stop();
  await topic.delete();
});

it('Kafka is away for a while: the count goes on where it was, and no letter is read twice', async () => {
  for (const offset of [0, 1, 2]) await die(offset);
  expect(await watch.turn()).toEqual(open(3));
  await proxy.refuse();
  await expect(watch.turn()).rejects.toThrow();
  await proxy.accept();
  await die(3);
  const fetches = proxy.requestsOf(api.fetch);
  await eventually(async () => expect(await watch.turn()).toEqual(open(4)), DEADLINE);
  expect(proxy.requestsOf(api.fetch)).toBe(fetches + 1);
}, 90_000);

it('the dead-letter topic is deleted and made anew: what was in the old one is open no longer', async () => {
  for (const offset of [0, 1, 2]) await die(offset);
  expect(await watch.turn()).toEqual(open(3));
  const letters = deadLetterTopic(topic.name, 'worker');
  await deleteTopic(letters);
  await createTopic(letters, 1);
  await eventually(() => die(7), DEADLINE);
  await eventually(async () => expect(await watch.turn()).toEqual(open(1)), DEADLINE);
}, 90_000);

it('the broker holds it up and answers with nothing, since it has read more than it may: no letter is left out', async () => {
  const clientId = `test-${randomUUID()}`;
  await limitReads(clientId, 500_000);
  const limited = new DeadLetterWatch({ clientId, brokers: kafkaBrokers() }, [
    { group: 'worker', topic: topic.name },
  ]);
  const offsets = Array.from({ length: 6 }, (_, offset) => offset);
  for (const offset of offsets) await die(offset);
  const read = await eventually(async () => (await limited.turn()) ?? false, DEADLINE);
  expect(read).toEqual(open(offsets.length));
  await limited.close();
}, 90_000);

/** A letter of the record at this offset, so large that two of them do not come in one fetch. */
async function die(offset: number): Promise<void> {
  await producer.send({
    topic: deadLetterTopic(topic.name, 'worker'),
    partition: 0,
    key: null,
    value: 'x'.repeat(700_000),
    headers: {
      'dlq-reason': 'permanent',
      'dlq-consumer-group': 'worker',
      'dlq-original-topic': topic.name,
      'dlq-original-partition': '0',
      'dlq-original-offset': String(offset),
    },
  });
}

function open(count: number) {
  return [{ group: 'worker', topic: topic.name, reason: 'permanent', count }];
}
