import { randomUUID } from 'node:crypto';
import { kafkaBrokers, testTopic, type TestTopic } from '@orderstream/testing';
import { GroupLog } from '../src/rebuild/group-log.ts';
import { asOperator } from './support/admin.ts';
import { aProducer, aRecord } from './support/producing.ts';

let topic: TestTopic;
let read: number[];
let log: GroupLog;

async function send(count: number): Promise<void> {
  const producer = aProducer(kafkaBrokers());
  for (let number = 0; number < count; number += 1) await producer.send(aRecord(topic, String(number)));
  await producer.close();
}

async function expireUpTo(offset: number): Promise<void> {
  await asOperator(async (admin) => {
    // Without having asked about the topic, the client does not know whom to tell.
    await admin.fetchTopicOffsets(topic.name);
    await admin.deleteTopicRecords({
      topic: topic.name,
      partitions: [{ partition: 0, offset: String(offset) }],
    });
  });
}

beforeEach(async () => {
  topic = await testTopic();
  await send(10);
  read = [];
  log = new GroupLog({
    kafka: { clientId: 'test', brokers: kafkaBrokers() },
    groupId: `test-${randomUUID()}`,
    topics: [topic.name],
    onRecords: async (_topic, _partition, records) =>
      void read.push(...records.map(({ offset }) => Number(offset))),
    concurrency: 1,
  });
  await log.start();
}, 60_000);
afterEach(async () => {
  await log.close();
  await topic.delete();
}, 60_000);

const to = (offset: number) =>
  log.readTo(new Map([[`${topic.name}/0`, offset]]), AbortSignal.timeout(40_000));

it('nothing expires: each record once, as far as it is told to', async () => {
  await to(4);
  expect(read).toEqual([0, 1, 2, 3]);
  await to(10);
  expect(read).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}, 60_000);

it.each([
  ['a part of what is still to be read', 7],
  ['all of it', 10],
])(
  'meanwhile retention deletes %s: said so, and not passed over',
  async (_what, start) => {
    await to(4);
    await expireUpTo(start);
    await send(3);
    await expect(to(10)).rejects.toThrow(`retention deleted ${topic.name}/0 from 4 to ${start}`);
    expect(read).toEqual([0, 1, 2, 3]);
  },
  90_000,
);
