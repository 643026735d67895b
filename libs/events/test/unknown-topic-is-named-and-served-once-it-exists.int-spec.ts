import { randomUUID } from 'node:crypto';
import { eventually, readTopic, testTopic } from '@orderstream/testing';
import { NotAcceptedError } from '../src/index.ts';
import { createTopic, deleteTopic } from './support/admin.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord } from './support/producing.ts';

it('a topic that does not exist: refused by name, nobody else is disturbed, and it works once the topic is there', async () => {
  const known = await testTopic();
  const missing = { name: `test-${randomUUID()}` };
  const proxy = await KafkaProxy.start();
  const producer = aProducer([proxy.broker], { sendTimeoutMs: 5_000 });
  await producer.send(aRecord(known, '0'));

  const lost: Promise<unknown> = producer
    .send(aRecord(missing, 'too early'))
    .catch((error: unknown) => error);
  const connections = proxy.producers;
  for (let index = 1; index <= 20; index += 1) await producer.send(aRecord(known, String(index)));
  const error = (await lost) as NotAcceptedError;
  expect(error).toBeInstanceOf(NotAcceptedError);
  expect(error.message).toContain(`topic ${missing.name} does not exist`);
  expect(error.cause).toBeDefined();
  for (let index = 21; index <= 40; index += 1) await producer.send(aRecord(known, String(index)));
  expect(proxy.producers).toBe(connections);

  await createTopic(missing.name, 4);
  await eventually(() => producer.send(aRecord(missing, 'in time')), { deadlineMs: 30_000 });
  const values = (await readTopic(missing)).map(({ value }) => value);
  // A send that a busy machine made too slow is repeated, and may be there twice.
  expect(new Set(values)).toEqual(new Set(['in time']));

  await producer.close();
  await proxy.stop();
  await known.delete();
  await deleteTopic(missing.name);
}, 60_000);
