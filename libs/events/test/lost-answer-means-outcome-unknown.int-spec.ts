import { readTopic, testTopic } from '@orderstream/testing';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord, Senders } from './support/producing.ts';

it('the broker has the record but its answer is lost: told unknown, and the next sender is served', async () => {
  const topic = await testTopic();
  const proxy = await KafkaProxy.start();
  const producer = aProducer([proxy.broker], { sendTimeoutMs: 5_000 });
  await producer.send(aRecord(topic, 'before'));

  proxy.loseAnswersTo(api.produce);
  const senders = new Senders(producer);
  senders.send(aRecord(topic, 'lost'));
  await expect(senders.all()).resolves.toEqual({ accepted: [], notAccepted: [], unknown: ['lost'] });

  proxy.speak();
  await producer.send(aRecord(topic, 'after'));
  const values = (await readTopic(topic)).map(({ value }) => value);
  expect(values).toEqual(['before', 'lost', 'after']);

  await producer.close();
  await proxy.stop();
  await topic.delete();
}, 60_000);
