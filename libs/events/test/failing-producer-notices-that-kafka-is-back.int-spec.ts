import { eventually, testTopic } from '@orderstream/testing';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord } from './support/producing.ts';

// A service that is not ready is sent nothing. Were a sender needed to find out, it would stay that way.
it('nobody sends any more: the producer finds out by itself', async () => {
  const topic = await testTopic();
  const proxy = await KafkaProxy.start();
  const producer = aProducer([proxy.broker], { sendTimeoutMs: 5_000 });
  await producer.send(aRecord(topic, 'before'));
  expect(producer.health().failingSinceMs).toBeUndefined();

  await proxy.refuse();
  const failedAfterMs = Date.now();
  await expect(producer.send(aRecord(topic, 'away'))).rejects.toThrow();
  expect(producer.health().failingSinceMs).toBeGreaterThanOrEqual(failedAfterMs);

  await proxy.accept();
  await eventually(() => producer.health().failingSinceMs === undefined, { deadlineMs: 30_000 });
  await producer.close();
  await proxy.stop();
  await topic.delete();
}, 60_000);
