import { readTopic, testTopic, type TestTopic } from '@orderstream/testing';
import { NotAcceptedError, type EventProducer } from '../src/index.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord, Senders } from './support/producing.ts';

let topic: TestTopic;
let proxy: KafkaProxy;
let producer: EventProducer;

beforeEach(async () => {
  topic = await testTopic({ partitions: 3 });
  proxy = await KafkaProxy.start();
  producer = aProducer([proxy.broker], { sendTimeoutMs: 5_000 });
});

afterEach(async () => {
  await producer.close();
  await proxy.stop();
  await topic.delete();
});

it('Kafka goes away under a producer: who sends then is told not accepted, and the record is not in the topic', async () => {
  await producer.send(aRecord(topic, 'before'));
  await proxy.refuse();
  // Written to a connection whose end has not been noticed yet, it may count as unknown; never as accepted.
  const first = new Senders(producer);
  first.send(aRecord(topic, 'first'));
  expect((await first.all()).accepted).toEqual([]);

  const senders = new Senders(producer);
  for (let index = 0; index < 60; index += 1) senders.send(aRecord(topic, `away ${index}`, `key ${index}`));
  const { accepted, unknown, notAccepted } = await senders.all();
  expect({ accepted, unknown, notAccepted: notAccepted.length }).toEqual({
    accepted: [],
    unknown: [],
    notAccepted: 60,
  });

  await proxy.accept();
  await producer.send(aRecord(topic, 'after'));
  const values = (await readTopic(topic)).map(({ value }) => value);
  expect(values.sort()).toEqual(['after', 'before']);
}, 60_000);

it('Kafka was never there: not accepted, and the cause names the connection', async () => {
  await proxy.refuse();
  const refusal: unknown = await producer.send(aRecord(topic, 'never')).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(NotAcceptedError);
  expect((refusal as Error).message).toMatch(/Kafka could not be reached/);
  expect(String((refusal as Error).cause)).toMatch(/ECONNREFUSED/);
}, 60_000);
