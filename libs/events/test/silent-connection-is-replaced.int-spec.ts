import { eventually, readTopic, testTopic } from '@orderstream/testing';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord } from './support/producing.ts';

it('a connection that only looks open: given up, and records go over a new one', async () => {
  const topic = await testTopic();
  const proxy = await KafkaProxy.start();
  const producer = aProducer([proxy.broker], { sendTimeoutMs: 5_000 });
  await producer.send(aRecord(topic, 'before'));

  proxy.fallSilent();
  await expect(producer.send(aRecord(topic, 'into silence'))).rejects.toThrow(/not confirm/);
  // The network is back, but what was open stays silent for ever, as after a router's restart.
  proxy.speak();
  await eventually(() => producer.send(aRecord(topic, 'after')), { deadlineMs: 40_000 });

  const values = (await readTopic(topic)).map(({ value }) => value);
  // A send that a busy machine made too slow is repeated, and may be there twice.
  expect(new Set(values)).toEqual(new Set(['before', 'after']));
  await producer.close();
  await proxy.stop();
  await topic.delete();
}, 60_000);
