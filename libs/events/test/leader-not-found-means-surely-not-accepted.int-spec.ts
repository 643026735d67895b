import { eventually, readTopic, testTopic } from '@orderstream/testing';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord, Senders } from './support/producing.ts';

it('connections are accepted, who leads the partition is never answered: told not accepted, and not sent later', async () => {
  const topic = await testTopic();
  const proxy = await KafkaProxy.start();
  const producer = aProducer([proxy.broker], { sendTimeoutMs: 5_000 });
  await producer.send(aRecord(topic, 'before'));

  proxy.loseAnswersTo(api.metadata);
  proxy.cut();
  await eventually(() => proxy.open === 0);
  const asked = proxy.requestsOf(api.metadata);
  const senders = new Senders(producer);
  let sent = 0;
  // Until the leader is searched for again: by then some records are new, and some are late.
  await eventually(
    () => {
      senders.send(aRecord(topic, String((sent += 1))));
      return proxy.requestsOf(api.metadata) > asked + 1;
    },
    { intervalMs: 100 },
  );
  const { accepted, unknown, notAccepted } = await senders.all();
  expect({ accepted, unknown, notAccepted: notAccepted.length }).toEqual({
    accepted: [],
    unknown: [],
    notAccepted: sent,
  });

  proxy.speak();
  await eventually(() => producer.send(aRecord(topic, 'after')), { deadlineMs: 40_000 });
  const values = (await readTopic(topic)).map(({ value }) => value);
  // A send that a busy machine made too slow is repeated, and may be there twice.
  expect(new Set(values)).toEqual(new Set(['before', 'after']));
  await producer.close();
  await proxy.stop();
  await topic.delete();
}, 90_000);
