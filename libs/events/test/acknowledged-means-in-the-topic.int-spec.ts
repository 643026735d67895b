import { eventually, readTopic, testTopic } from '@orderstream/testing';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord, Senders } from './support/producing.ts';

const KEYS = 5;

it('whatever the network does meanwhile: accepted is in the topic and in order, not accepted is not', async () => {
  const topic = await testTopic({ partitions: 2 });
  const proxy = await KafkaProxy.start();
  const producer = aProducer([proxy.broker], { sendTimeoutMs: 3_000 });
  const senders = new Senders(producer);
  let sent = 0;
  const stream = setInterval(() => {
    for (let burst = 0; burst < 10; burst += 1, sent += 1) {
      senders.send(aRecord(topic, String(sent), `key ${sent % KEYS}`));
    }
  }, 5);
  const progress = () => {
    const goal = senders.told.accepted.length + 200;
    return eventually(() => senders.told.accepted.length >= goal, { deadlineMs: 40_000 });
  };

  await progress();
  for (let cuts = 0; cuts < 5; cuts += 1) {
    proxy.cut();
    await progress();
  }
  await proxy.refuse();
  await eventually(() => senders.told.notAccepted.length > 0, { deadlineMs: 40_000 });
  await proxy.accept();
  await progress();
  proxy.loseAnswersTo(api.produce);
  await eventually(() => senders.told.unknown.length > 0, { deadlineMs: 40_000 });
  proxy.speak();
  await progress();
  clearInterval(stream);
  const { accepted, notAccepted, unknown } = await senders.all();

  const records = await readTopic(topic);
  const inTopic = new Set(records.map(({ value }) => value as string));
  expect(accepted.length + notAccepted.length + unknown.length).toBe(sent);
  expect(accepted.filter((value) => !inTopic.has(value))).toEqual([]);
  expect(notAccepted.filter((value) => inTopic.has(value))).toEqual([]);
  // A lost answer doubles records; in order are the first copies of what was accepted.
  const wasAccepted = new Set(accepted);
  for (let key = 0; key < KEYS; key += 1) {
    const copies = records
      .filter((record) => record.key === `key ${key}`)
      .map(({ value }) => value as string);
    const first = [...new Set(copies)].filter((value) => wasAccepted.has(value)).map(Number);
    expect(first).toEqual([...first].sort((a, b) => a - b));
  }
  await producer.close();
  await proxy.stop();
  await topic.delete();
}, 120_000);
