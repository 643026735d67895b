import { kafkaBrokers } from '@orderstream/testing';
import { readLogs } from '../src/kafka/read-logs.ts';
import { asOperator, createTopic, deleteTopic } from './support/admin.ts';
import { aProducer, aRecord } from './support/producing.ts';
import { eventually, testTopic } from '@orderstream/testing';

const settings = { clientId: 'test', brokers: kafkaBrokers() };

it('several topics are asked about at once: where each partition begins and ends, and which topic it is', async () => {
  const topics = [await testTopic({ partitions: 3 }), await testTopic()];
  const [first, second] = topics.map(({ name }) => name) as [string, string];
  const producer = aProducer(kafkaBrokers());
  for (let count = 0; count < 4; count += 1) {
    await producer.send({ ...aRecord({ name: first }, String(count)), partition: 1 });
  }
  await producer.close();
  await asOperator(async (admin) => {
    await admin.fetchTopicOffsets(first);
    await admin.deleteTopicRecords({ topic: first, partitions: [{ partition: 1, offset: '3' }] });
  });

  const logs = await readLogs(settings, [first, second]);
  expect([...logs.keys()].sort()).toEqual(
    [0, 1, 2]
      .map((p) => `${first}/${p}`)
      .concat(`${second}/0`)
      .sort(),
  );
  expect(logs.get(`${first}/1`)).toMatchObject({ start: 3, end: 4 });
  expect(logs.get(`${second}/0`)).toMatchObject({ start: 0, end: 0 });
  const ids = new Set([...logs.values()].map(({ topicId }) => topicId));
  expect(ids.size).toBe(2);
  // As Kafka prints it: 16 bytes in base64 without padding.
  for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
  await Promise.all(topics.map((topic) => topic.delete()));
}, 60_000);

it('a topic is deleted and created again under its name: another id', async () => {
  const topic = await testTopic();
  const name = `${topic.name}/0`;
  const idNow = async () => (await readLogs(settings, [topic.name])).get(name)?.topicId;
  const before = await idNow();
  expect(await idNow()).toBe(before);
  await deleteTopic(topic.name);
  await eventually(() => createTopic(topic.name, 1));
  await eventually(async () => expect(await idNow()).not.toBe(before));
  expect(await idNow()).toMatch(/^[\w-]{22}$/);
  await topic.delete();
}, 60_000);

it('a topic that does not exist: rejected, and not created', async () => {
  await expect(readLogs(settings, ['no-such-topic'])).rejects.toThrow(/does not host this topic-partition/);
  expect(await asOperator((admin) => admin.listTopics())).not.toContain('no-such-topic');
}, 60_000);
