import { eventually, readTopic, testTopic } from '@orderstream/testing';
import { NotAcceptedError, OutcomeUnknownError } from '../src/index.ts';
import { createTopic } from './support/admin.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord } from './support/producing.ts';

it('a topic is deleted under a producer: other topics go on, and created anew with fewer partitions it works again', async () => {
  const doomed = await testTopic({ partitions: 6 });
  const other = await testTopic();
  const proxy = await KafkaProxy.start();
  const producer = aProducer([proxy.broker], { sendTimeoutMs: 5_000 });
  await Promise.all(keys(6).map((key) => producer.send(aRecord(doomed, 'old', key))));
  await producer.send(aRecord(other, 'before'));

  await doomed.delete();
  const refused: unknown = await producer.send(aRecord(doomed, 'lost')).catch((error: unknown) => error);
  expect(refused instanceof NotAcceptedError || refused instanceof OutcomeUnknownError).toBe(true);
  await eventually(() => producer.send(aRecord(other, 'after')), { deadlineMs: 30_000 });

  await eventually(() => createTopic(doomed.name, 2), { deadlineMs: 30_000 });
  for (const key of keys(6)) {
    await eventually(() => producer.send(aRecord(doomed, 'new', key)), { deadlineMs: 30_000 });
  }
  const values = (await readTopic(doomed)).map(({ value }) => value);
  expect(new Set(values)).toEqual(new Set(['new']));
  expect(producer.health().queuedBytes).toBe(0);

  await producer.close();
  await proxy.stop();
  await other.delete();
  await doomed.delete();
}, 90_000);

function keys(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `key ${index}`);
}
