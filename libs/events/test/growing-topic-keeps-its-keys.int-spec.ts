import { eventually, kafkaBrokers, readTopic, testTopic } from '@orderstream/testing';
import { asOperator } from './support/admin.ts';
import { aProducer, aRecord, Senders } from './support/producing.ts';

it('partitions are added while it sends: no record is lost, and each key stays where its earlier records are', async () => {
  const topic = await testTopic({ partitions: 2 });
  const producer = aProducer(kafkaBrokers());
  const senders = new Senders(producer);
  let sent = 0;
  const stream = setInterval(() => {
    senders.send(aRecord(topic, String(sent), `key ${sent % 20}`));
    sent += 1;
  }, 1);
  await eventually(() => sent > 100);
  await asOperator((admin) => admin.createPartitions({ topicPartitions: [{ topic: topic.name, count: 6 }] }));
  const grownAt = sent;
  await eventually(() => sent > grownAt + 200);
  clearInterval(stream);
  await expect(senders.all()).resolves.toMatchObject({ notAccepted: [], unknown: [] });

  // Whoever names a new partition, as a dead letter of one does, gets it: the producer learns of it by failing.
  await eventually(() => producer.send({ ...aRecord(topic, 'new'), partition: 5 }), { deadlineMs: 30_000 });

  const records = await readTopic(topic);
  expect(
    records
      .filter(({ value }) => value !== 'new')
      .map(({ value }) => Number(value))
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: sent }, (_, index) => index));
  expect([...new Set(records.map(({ partition }) => partition))].sort()).toEqual([0, 1, 5]);
  await producer.close();
  await topic.delete();
}, 60_000);
