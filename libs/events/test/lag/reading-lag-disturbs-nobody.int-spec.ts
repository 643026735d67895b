import { randomUUID } from 'node:crypto';
import { kafkaBrokers, testTopic, type TestTopic } from '@orderstream/testing';
import { createKafka, LagReader, type GroupTopic } from '../../src/index.ts';
import { asOperator } from '../support/admin.ts';

const settings = { clientId: 'test', brokers: kafkaBrokers() };

describe('reading lag', () => {
  let topic: TestTopic;
  let reader: LagReader;
  const group = `test-${randomUUID()}`;
  const of = (): GroupTopic[] => [{ group: group as never, topic: topic.name }];
  const timestamps: number[] = [];
  beforeAll(async () => {
    topic = await testTopic({ partitions: 2 });
    reader = await LagReader.open(settings);
    const producer = createKafka(settings).producer();
    await producer.connect();
    for (let offset = 0; offset < 5; offset += 1) {
      timestamps.push(Date.now() - 60_000 + offset * 1_000);
      const message = { partition: 1, value: 'x', timestamp: String(timestamps.at(-1)) };
      await producer.send({ topic: topic.name, messages: [message] });
    }
    await producer.disconnect();
  });
  afterAll(async () => {
    await reader.close();
    await topic.delete();
  });

  const offsets = () =>
    asOperator(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic.name] });
      return Object.fromEntries((found?.partitions ?? []).map((each) => [each.partition, each.offset]));
    });

  it('a group that never committed stands at the beginning, and has committed nothing afterwards', async () => {
    const [reading] = await reader.read(of());
    expect(reading).toMatchObject({ group, topic: topic.name, members: 0 });
    expect(reading?.partitions).toEqual([
      { partition: 0, position: 0, end: 0, oldestAtMs: undefined },
      { partition: 1, position: 0, end: 5, oldestAtMs: timestamps[0] },
    ]);
    expect(await offsets()).toEqual({ 0: '-1', 1: '-1' });
  });

  it('a position in the middle: the record that comes next tells the age', async () => {
    const partitions = [{ partition: 1, offset: '3' }];
    await asOperator((admin) => admin.setOffsets({ groupId: group, topic: topic.name, partitions }));
    const [reading] = await reader.read(of());
    expect(reading?.partitions[1]).toEqual({ partition: 1, position: 3, end: 5, oldestAtMs: timestamps[3] });
    expect(await offsets()).toEqual({ 0: '-1', 1: '3' });
  });

  it('a member that has a partition: counted; one topic that is not there: left out', async () => {
    const consumer = createKafka(settings).consumer({ groupId: group });
    const joined = new Promise<void>((resolve) => consumer.on('consumer.group_join', () => resolve()));
    await consumer.connect();
    await consumer.subscribe({ topics: [topic.name] });
    await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
    await joined;
    const readings = await reader.read([...of(), { group: group as never, topic: 'test-never-created' }]);
    expect(readings.map(({ members }) => members)).toEqual([1]);
    await consumer.disconnect();
  });
});
