import type { EventConsumer } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import { DeadLetterTest } from './dead-letter-fixture.ts';

const PATIENCE = { deadlineMs: 40_000 };

let test: DeadLetterTest;

/** The group has handled record 0 and is stopped; 1 to 4 have come since. */
beforeEach(async () => {
  test = await DeadLetterTest.open();
  await test.start();
  await test.send('a1');
  await test.caughtUp();
  await test.stop();
  await test.send('a2', 'a3', 'a4', 'a5');
}, 60_000);
afterEach(() => test.close(), 60_000);

/** What retention does: the log begins at `offset` then. */
function expire(offset: number): Promise<void> {
  const { name: topic } = test.topic;
  return test.asOperator(async (admin) => {
    // Without having asked about the topic, the client does not know whom to tell.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  });
}

const reason = (consumer: EventConsumer): Promise<string> =>
  eventually(() => consumer.health().blocked[0]?.error ?? false, PATIENCE);

it('some of the records are gone: named, and none of the later ones is handled before somebody has decided', async () => {
  await expire(3);
  const consumer = await test.start();
  expect(await reason(consumer)).toMatch(/^records 1 to 2 are gone from the log .* next_offset .* to 3$/);
  expect(await test.handled()).toEqual(['a1']);

  await test.shop.rows('UPDATE shop.consumer_positions SET next_offset = 3 WHERE topic = $1', [
    test.topic.name,
  ]);
  await eventually(async () => expect(await test.handled()).toEqual(['a1', 'a4', 'a5']), PATIENCE);
  await eventually(() => expect(consumer.health().blocked).toEqual([]), PATIENCE);
}, 120_000);

it('all of them are gone, and none comes to show it: named as well', async () => {
  await expire(5);
  const consumer = await test.start();
  expect(await reason(consumer)).toMatch(/^records 1 to 4 are gone/);

  await test.shop.rows('UPDATE shop.consumer_positions SET next_offset = 5 WHERE topic = $1', [
    test.topic.name,
  ]);
  await test.send('b1');
  await eventually(async () => expect(await test.handled()).toEqual(['a1', 'b1']), PATIENCE);
}, 120_000);

it('the position lies beyond the end of a log without records: named as well', async () => {
  await expire(5);
  await test.shop.rows('UPDATE shop.consumer_positions SET next_offset = 9');
  const consumer = await test.start();
  expect(await reason(consumer)).toMatch(/position 9 lies beyond the partition's end 5/);
}, 120_000);
