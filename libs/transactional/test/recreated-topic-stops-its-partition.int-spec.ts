import { EventProducer, type ConsumerHealth, type EventConsumer } from '@orderstream/events';
import { eventually, kafkaBrokers } from '@orderstream/testing';
import { DeadLetterTest } from './dead-letter-fixture.ts';

const PATIENCE = { deadlineMs: 40_000 };

let test: DeadLetterTest;

beforeEach(async () => {
  test = await DeadLetterTest.open();
}, 60_000);
afterEach(() => test.close(), 60_000);

/** Deletes the topic and creates it again under its name, with these records in it. */
async function recreate(...labels: string[]): Promise<void> {
  const { name: topic } = test.topic;
  await test.asOperator(async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    // The controller answers before the broker has heard of it.
    await eventually(async () => !(await admin.listTopics()).includes(topic));
    const topics = [{ topic, numPartitions: 1, replicationFactor: 1 }];
    await admin.createTopics({ waitForLeaders: false, topics });
    // kafkajs's own wait fails where the broker does not know the new topic yet.
    await eventually(() => admin.fetchTopicOffsets(topic));
  });
  await sendToNew(...labels);
}

/** A producer that knew the deleted topic is of no use for its successor. */
async function sendToNew(...labels: string[]): Promise<void> {
  const producer = new EventProducer(
    { clientId: 'test', brokers: kafkaBrokers() },
    { sendTimeoutMs: 30_000 },
  );
  for (const label of labels) await producer.send(test.record(label));
  await producer.close();
}

const stopped = (consumer: EventConsumer): Promise<ConsumerHealth['blocked'][number]> =>
  eventually(() => {
    const [blocked] = consumer.health().blocked;
    return blocked !== undefined && /recreated/.test(blocked.error) && blocked;
  }, PATIENCE);

/** Between two fetches the topic may outgrow the position: what lies behind it is handled then, until the next look finds the other id. */
async function nothingBeforeThePositionIsHandled(): Promise<void> {
  const handled = await test.handled();
  expect(handled.slice(0, 3)).toEqual(['a1', 'b1', 'a2']);
  expect([[], ['c4', 'c5']]).toContainEqual(handled.slice(3));
}

async function handleThree(): Promise<void> {
  await test.start();
  await test.send('a1', 'b1', 'a2');
  await test.caughtUp();
}

it('it has outgrown the stored position: nothing of it is skipped or handled, and the reason says what to do', async () => {
  await handleThree();
  await test.stop();
  await recreate('c1', 'c2', 'c3', 'c4', 'c5');
  const consumer = await test.start();
  const { partition, error } = await stopped(consumer);
  expect(partition).toBe(`${test.topic.name}/0`);
  expect(error).toMatch(/position 3 belongs to topic id [\w-]{22}, this one is [\w-]{22} and holds 0 to 4/);
  expect(error).toMatch(/delete the group's row of this partition in consumer_positions/);
  expect(await test.handled()).toEqual(['a1', 'b1', 'a2']);

  await test.shop.rows('DELETE FROM shop.consumer_positions WHERE topic = $1', [test.topic.name]);
  await eventually(
    async () => expect(await test.handled()).toEqual(['a1', 'b1', 'a2', 'c1', 'c2', 'c3', 'c4', 'c5']),
    PATIENCE,
  );
  await eventually(() => expect(consumer.health().blocked).toEqual([]), PATIENCE);
}, 120_000);

it('it ends exactly where the group stands: as well, also without a record', async () => {
  await handleThree();
  await test.stop();
  await recreate('c1', 'c2', 'c3');
  await stopped(await test.start());

  // Accepts the new topic, without what it holds already.
  await test.shop.rows('UPDATE shop.consumer_positions SET topic_id = NULL WHERE topic = $1', [
    test.topic.name,
  ]);
  await sendToNew('c4');
  await eventually(async () => expect(await test.handled()).toEqual(['a1', 'b1', 'a2', 'c4']), PATIENCE);
}, 120_000);

it('under a running service: it stops as well, and its retry topic goes on', async () => {
  const consumer = await test.start();
  await test.send('a1', 'b1', 'a2');
  await test.caughtUp();
  await recreate('c1', 'c2', 'c3', 'c4', 'c5');
  await stopped(consumer);
  await nothingBeforeThePositionIsHandled();
  // What was committed of the old topic, or of what the new one had outgrown, would pass for handled once the row is deleted.
  await eventually(async () => expect(await test.committed()).toBe('0'), PATIENCE);
  await test.sendRecords([{ ...test.record('r1'), topic: test.retryTopic }]);
  await eventually(async () => expect(await test.handled()).toContain('r1'), PATIENCE);
  expect(consumer.health().blocked).toHaveLength(1);
}, 120_000);

it('under a running service that works meanwhile, and so asks for nothing: as well', async () => {
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  test.afterEffect = async (label) => (label === 'a2' ? held : undefined);
  const consumer = await test.start();
  await test.send('a1', 'b1');
  await test.caughtUp();
  await test.send('a2');
  await eventually(() => test.asked.includes('a2'), PATIENCE);
  await recreate('c1', 'c2', 'c3', 'c4', 'c5');
  goOn();
  await stopped(consumer);
  await nothingBeforeThePositionIsHandled();

  // What its reason says, and nothing of the new topic is left out.
  await test.shop.rows('DELETE FROM shop.consumer_positions WHERE topic = $1', [test.topic.name]);
  await eventually(async () => {
    expect(await test.handled()).toEqual(expect.arrayContaining(['c1', 'c2', 'c3', 'c4', 'c5']));
  }, PATIENCE);
}, 120_000);

it('positions from before topic ids were kept: taken for this topic’s, and noted', async () => {
  await handleThree();
  await test.stop();
  await test.shop.rows('UPDATE shop.consumer_positions SET topic_id = NULL');
  await test.start();
  await test.send('a3');
  await test.caughtUp();
  await eventually(async () => {
    const rows = await test.shop.rows('SELECT DISTINCT topic_id FROM shop.consumer_positions');
    expect(rows).toEqual([{ topic_id: expect.stringMatching(/^[\w-]{22}$/) as string }]);
  }, PATIENCE);
  expect(await test.handled()).toEqual(['a1', 'b1', 'a2', 'a3']);
}, 120_000);
