import { eventually, testTopic } from '@orderstream/testing';
import { EventProducer, type LogEntry } from '../src/index.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aRecord, Senders } from './support/producing.ts';

it('Kafka is away for a while and many send: one line when it begins, with the reason, and one when it ends', async () => {
  const topic = await testTopic({ partitions: 6 });
  const proxy = await KafkaProxy.start();
  const said: LogEntry[] = [];
  const log = (entry: LogEntry): void => void (entry.level === 'debug' || said.push(entry));
  const producer = new EventProducer(
    { clientId: 'test', brokers: [proxy.broker], log },
    { sendTimeoutMs: 5_000 },
  );
  await producer.send(aRecord(topic, 'before'));
  expect(said).toEqual([]);

  await proxy.refuse();
  const senders = new Senders(producer);
  for (let index = 0; index < 60; index += 1) senders.send(aRecord(topic, String(index), `key ${index}`));
  await senders.all();
  await proxy.accept();
  await eventually(() => said.length > 1, { deadlineMs: 30_000 });
  await producer.send(aRecord(topic, 'after'));
  expect(said).toMatchObject([
    { level: 'warn', message: 'records cannot be sent, trying again' },
    { level: 'info', message: 'Kafka takes records again' },
  ]);
  expect(said[0]?.detail?.['reason']).toMatch(/connect|connection/i);
  await producer.close();
  await proxy.stop();
  await topic.delete();
}, 60_000);
