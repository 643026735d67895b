import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaBrokers, testTopic } from '@orderstream/testing';
import { SESSION_TIMEOUT_MS } from '../src/consumer/new-consumer.ts';
import { GroupLog } from '../src/rebuild/group-log.ts';
import { aProducer, aRecord } from './support/producing.ts';

it('records take longer than the group waits for a member: it has forgotten it, and each record is read once all the same', async () => {
  const topic = await testTopic();
  const producer = aProducer(kafkaBrokers());
  const read: number[] = [];
  const log = new GroupLog({
    kafka: { clientId: 'test', brokers: kafkaBrokers() },
    groupId: `test-${randomUUID()}`,
    topics: [topic.name],
    onRecords: async (_topic, _partition, records) => {
      if (read.length === 0) await sleep(SESSION_TIMEOUT_MS + 3_000);
      read.push(...records.map(({ offset }) => Number(offset)));
    },
    concurrency: 1,
  });
  const to = (offset: number) =>
    log.readTo(new Map([[`${topic.name}/0`, offset]]), AbortSignal.timeout(60_000));

  await log.start();
  for (let number = 0; number < 3; number += 1) await producer.send(aRecord(topic, String(number)));
  await to(3);
  for (let number = 3; number < 5; number += 1) await producer.send(aRecord(topic, String(number)));
  await to(5);
  expect(read).toEqual([0, 1, 2, 3, 4]);
  await log.close();
  await producer.close();
  await topic.delete();
}, 120_000);
