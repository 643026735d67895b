import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { asOperator } from './support/admin.ts';
import { Engine } from './support/engine.ts';

const DEADLINE = { deadlineMs: 40_000 };

let engine: Engine;

beforeEach(async () => {
  engine = await Engine.prepare({ partitions: 2 });
  await engine.raw([0, 1].flatMap((partition) => five().map((message) => ({ ...message, partition }))));
});

afterEach(() => engine.stop());

it('the store stands beyond the end: the partition stops with a reason, also over a rebalance, the other one goes on; mended, it goes on, too', async () => {
  engine.moveTo(1_000, 0);
  const consumer = await engine.start();
  const isHalted = () =>
    consumer.health().blocked.some(({ error }) => /1000 lies beyond .* end 5/.test(error));
  await eventually(isHalted, DEADLINE);
  await eventually(() => engine.position(1) === 5, DEADLINE);

  const second = await engine.start();
  await second.close();
  await eventually(() => consumer.health().joined, DEADLINE);
  await eventually(isHalted, DEADLINE);
  expect(engine.handled(0)).toEqual([]);

  engine.moveTo(0, 0);
  await (await engine.start()).close();
  await eventually(() => engine.position(0) === 5, DEADLINE);
  await eventually(() => consumer.health().blocked.length === 0, DEADLINE);
}, 120_000);

it('records were deleted before they were handled: the partition stops and names them', async () => {
  engine.moveTo(1, 0);
  const partitions = [{ partition: 0, offset: '3' }];
  const { name: topic } = engine.topic;
  await asOperator(async (admin) => {
    // Without having asked about the topic, the client does not know whom to tell.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions });
  });
  const consumer = await engine.start();
  await eventually(() => consumer.health().blocked.length === 1, DEADLINE);
  expect(consumer.health().blocked[0]?.error).toMatch(/records 1 to 2 are gone from the log/);
  expect(engine.handled(0)).toEqual([]);
}, 120_000);

function five() {
  return Array.from({ length: 5 }, () => engine.orderMessage(uuidv7()));
}
