import { kafkaBrokers, readTopic, testTopic } from '../src/index.ts';
import { Kafka, logLevel, Partitioners } from 'kafkajs';

const kafka = new Kafka({ clientId: 'spec', brokers: kafkaBrokers(), logLevel: logLevel.NOTHING });

describe('testTopic and readTopic', () => {
  it('a new topic is empty; what was produced is read back in order, with keys and headers', async () => {
    const topic = await testTopic({ partitions: 3 });
    await expect(readTopic(topic)).resolves.toEqual([]);

    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({
      topic: topic.name,
      messages: [
        { partition: 2, key: 'a', value: 'one', headers: { 'event-id': '1' } },
        { partition: 2, key: 'a', value: 'two' },
        { partition: 0, key: null, value: null },
      ],
    });
    await producer.disconnect();

    await expect(readTopic(topic)).resolves.toEqual([
      { partition: 0, offset: 0, key: null, value: null, headers: {} },
      { partition: 2, offset: 0, key: 'a', value: 'one', headers: { 'event-id': '1' } },
      { partition: 2, offset: 1, key: 'a', value: 'two', headers: {} },
    ]);
    await topic.delete();
  });

  it('delete: topic and companions are gone, and so is the reader group', async () => {
    const topic = await testTopic({ companions: (name) => [`${name}.worker.dlq`] });
    const admin = kafka.admin();
    await admin.connect();
    expect(await admin.listTopics()).toEqual(
      expect.arrayContaining([topic.name, `${topic.name}.worker.dlq`]),
    );
    await topic.delete();
    const left = (await admin.listTopics()).filter((name) => name.startsWith(topic.name));
    await admin.disconnect();
    expect(left).toEqual([]);
  });
});
