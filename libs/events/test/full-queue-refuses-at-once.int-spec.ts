import { freePort, testTopic } from '@orderstream/testing';
import { QueueFullError } from '../src/index.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord } from './support/producing.ts';

it('more bytes wait than may: the next sender is refused at once; once Kafka has them, senders are served again', async () => {
  const topic = await testTopic();
  const proxy = await KafkaProxy.start();
  const producer = aProducer([proxy.broker], { sendTimeoutMs: 30_000, maxQueueBytes: 10_000 });
  await producer.send(aRecord(topic, 'before'));
  await proxy.refuse();

  const waiting = Array.from({ length: 9 }, () => producer.send(aRecord(topic, 'x'.repeat(1_000))));
  expect(producer.health().queuedBytes).toBeGreaterThan(9_000);
  const refused: unknown = await Promise.race([
    producer.send(aRecord(topic, 'x'.repeat(1_000))).catch((error: unknown) => error),
    ...waiting,
  ]);
  expect(refused).toBeInstanceOf(QueueFullError);
  expect(refused).toMatchObject({ code: 'queue-full' });

  await proxy.accept();
  await Promise.all(waiting);
  expect(producer.health().queuedBytes).toBe(0);
  await producer.send(aRecord(topic, 'x'.repeat(1_000)));
  await producer.close();
  await proxy.stop();
  await topic.delete();
}, 60_000);

it('a record of one call finds the queue full: the smaller ones after it are refused, too, so that none overtakes it', async () => {
  const producer = aProducer([`127.0.0.1:${await freePort()}`], { sendTimeoutMs: 300, maxQueueBytes: 1_000 });
  const topic = { name: 'orders' };
  const outcomes = await producer.sendAll([500, 600, 1].map((bytes) => aRecord(topic, 'x'.repeat(bytes))));
  const codes = outcomes.map(
    (outcome) => outcome.status === 'rejected' && (outcome.reason as { code: string }).code,
  );
  expect(codes).toEqual(['not-accepted', 'queue-full', 'queue-full']);
  await producer.close();
}, 30_000);
