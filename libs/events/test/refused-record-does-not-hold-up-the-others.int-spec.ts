import { kafkaBrokers, readTopic, testTopic } from '@orderstream/testing';
import { RecordRefusedError } from '../src/index.ts';
import { aProducer, aRecord } from './support/producing.ts';

it('records that are too large, among others: they alone are refused, the others are sent in order', async () => {
  const topic = await testTopic({ maxMessageBytes: 20_000 });
  const producer = aProducer(kafkaBrokers());
  const large = new Set([3, 40, 41, 99]);
  const values = Array.from({ length: 100 }, (_, index) =>
    large.has(index) ? 'x'.repeat(30_000) : String(index).padEnd(2_000),
  );
  const outcomes = await producer.sendAll(values.map((value) => aRecord(topic, value)));
  const refused = outcomes.flatMap((outcome, index) => (outcome.status === 'rejected' ? [index] : []));
  expect(refused).toEqual([...large]);
  for (const index of refused) {
    expect((outcomes[index] as PromiseRejectedResult).reason).toBeInstanceOf(RecordRefusedError);
  }
  const records = await readTopic(topic);
  expect(records.map(({ value }) => Number(value))).toEqual(
    values.flatMap((_, index) => (large.has(index) ? [] : [index])),
  );
  await producer.close();
  await topic.delete();
}, 60_000);

it('headers of any kind, also without a value: sent as they are', async () => {
  const topic = await testTopic();
  const producer = aProducer(kafkaBrokers());
  const headers = { text: 'ä', none: undefined, empty: '', twice: ['a', 'b'] };
  const fromElsewhere = { nothing: null, some: [null, 'c'] } as unknown as typeof headers;
  await producer.send({ ...aRecord(topic, 'v'), headers: { ...headers, ...fromElsewhere } });
  const [record] = await readTopic(topic);
  expect(record?.headers).toEqual({ text: 'ä', empty: '', twice: 'a,b', nothing: null, some: ',c' });
  await producer.close();
  await topic.delete();
}, 60_000);
