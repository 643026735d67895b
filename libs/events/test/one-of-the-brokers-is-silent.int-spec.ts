import { eventually, kafkaBrokers, readTopic, testTopic } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { readLogs } from '../src/kafka/read-logs.ts';
import { Engine } from './support/engine.ts';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord } from './support/producing.ts';

/** Each attempt begins with any of them: this many silent ones in a row are next to impossible. */
const PATIENCE = { deadlineMs: 75_000 };

let silent: KafkaProxy;
let brokers: string[];

beforeEach(async () => {
  silent = await KafkaProxy.start();
  silent.fallSilent();
  brokers = [silent.broker, ...kafkaBrokers()];
});
afterEach(() => silent.stop());

it('the first broker of the list takes connections and says nothing: records are sent through the others', async () => {
  const topic = await testTopic();
  const producer = aProducer(brokers, { sendTimeoutMs: PATIENCE.deadlineMs });
  await producer.send(aRecord(topic, 'sent'));
  expect((await readTopic(topic)).map(({ value }) => value)).toEqual(['sent']);
  await producer.close();
  await topic.delete();
}, 120_000);

it('likewise, a group is joined, and it is found out where it stands', async () => {
  const engine = await Engine.prepare();
  const ids = Array.from({ length: 10 }, () => uuidv7());
  await engine.order(ids);
  await engine.start({ brokers });
  await eventually(() => engine.position() === 10, PATIENCE);
  await eventually(() => readLogs({ clientId: 'test', brokers }, [engine.topic.name]), PATIENCE);
  await engine.stop();
}, 180_000);

it('one that answers all but commits: the member is replaced, although its fetches go on', async () => {
  const proxy = await KafkaProxy.start();
  const engine = await Engine.prepare();
  const consumer = await engine.start({ brokers: [proxy.broker] });
  proxy.loseAnswersTo(api.offsetCommit);
  await engine.order(Array.from({ length: 10 }, () => uuidv7()));
  await eventually(() => engine.position() === 10, PATIENCE);
  await eventually(() => consumer.health().replaced > 0, PATIENCE);
  proxy.speak();
  await eventually(async () => (await engine.committed()) === 10, PATIENCE);
  await engine.stop();
  await proxy.stop();
}, 150_000);
