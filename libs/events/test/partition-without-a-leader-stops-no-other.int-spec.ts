import { eventually, readTopic, testTopic, type TestTopic } from '@orderstream/testing';
import { EventProducer, type LogEntry, type OutgoingRecord } from '../src/index.ts';
import { api, type TopicLie } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord } from './support/producing.ts';

/** Kafka's codes for "no leader at present" and "not authorized to access topics". */
const LEADER_NOT_AVAILABLE = 5;
const TOPIC_AUTHORIZATION_FAILED = 29;

let topic: TestTopic;
let other: TestTopic;
let proxy: KafkaProxy;

beforeEach(async () => {
  topic = await testTopic({ partitions: 3 });
  other = await testTopic();
  proxy = await KafkaProxy.start();
});

afterEach(async () => {
  await proxy.stop();
  await topic.delete();
  await other.delete();
});

function into(partition: number, value: string): OutgoingRecord {
  return { ...aRecord(topic, value), partition };
}

it('a process starts while one partition has no leader: it sends to all others, and to that one once it has one', async () => {
  proxy.lieAbout({ topic: topic.name, partition: 1, errorCode: LEADER_NOT_AVAILABLE });
  const producer = aProducer([proxy.broker]);
  const waiting = producer.send(into(1, 'waits'));
  await producer.send(into(0, 'beside'));
  await producer.send(into(2, 'beside'));
  await producer.send(aRecord(other, 'elsewhere'));
  proxy.lieAbout();
  await waiting;
  const values = (await readTopic(topic)).map(({ value }) => value);
  expect(values.sort()).toEqual(['beside', 'beside', 'waits']);
  await producer.close();
}, 60_000);

it.each<[string, Omit<TopicLie, 'topic'>]>([
  ['a partition has no leader', { partition: 1, errorCode: LEADER_NOT_AVAILABLE }],
  ['a whole topic has none', { errorCode: LEADER_NOT_AVAILABLE }],
  ['a topic is closed to us', { errorCode: TOPIC_AUTHORIZATION_FAILED }],
])(
  '%s when the connection is made anew: the other topics go on',
  async (_, lie) => {
    const producer = aProducer([proxy.broker]);
    await producer.send(into(1, 'before'));
    await producer.send(aRecord(other, 'before'));
    proxy.lieAbout({ topic: topic.name, ...lie });
    proxy.cut();
    let asked = proxy.requestsOf(api.metadata);
    const waiting = producer.send(into(1, 'waits'));
    await eventually(() => proxy.requestsOf(api.metadata) > asked);
    await producer.send(aRecord(other, 'anew'));
    const connections = proxy.producers;
    asked = proxy.requestsOf(api.metadata);
    await eventually(async () => {
      await producer.send(aRecord(other, 'meanwhile'));
      return proxy.requestsOf(api.metadata) > asked + 2;
    });
    expect(proxy.producers).toBe(connections);
    proxy.lieAbout();
    await waiting;
    await producer.close();
  },
  60_000,
);

it('a partition has no leader while others work: it is named once, and once when it has one; the producer is well', async () => {
  const said: LogEntry[] = [];
  const log = (entry: LogEntry): void => void (entry.level === 'debug' || said.push(entry));
  const producer = new EventProducer(
    { clientId: 'test', brokers: [proxy.broker], log },
    { sendTimeoutMs: 30_000 },
  );
  proxy.lieAbout({ topic: topic.name, partition: 1, errorCode: LEADER_NOT_AVAILABLE });
  const waiting = producer.send(into(1, 'waits'));
  const othersWork = (until: () => boolean) =>
    eventually(async () => {
      await producer.send(into(0, 'beside'));
      return until();
    });
  await othersWork(() => said.at(-1)?.message === 'some records cannot be sent, others can; trying again');
  expect(said.at(-1)).toMatchObject({ level: 'warn', detail: { topic: topic.name, partition: 1 } });
  expect(said.at(-1)?.detail?.['reason']).toMatch(/no leader/);
  said.length = 0;

  const asked = proxy.requestsOf(api.metadata);
  await othersWork(() => proxy.requestsOf(api.metadata) > asked + 3);
  expect(said).toEqual([]);
  expect(producer.health().failingSinceMs).toBeUndefined();

  proxy.lieAbout();
  await waiting;
  const again = { level: 'info', message: 'Kafka takes these records again' };
  expect(said).toMatchObject([{ ...again, detail: { topic: topic.name, partition: 1 } }]);
  await producer.close();
}, 60_000);
