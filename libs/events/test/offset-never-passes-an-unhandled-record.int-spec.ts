import { eventually, readTopic } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { createTopic, deleteTopic } from './support/admin.ts';
import { Engine } from './support/engine.ts';

const DEADLINE = { deadlineMs: 40_000 };

it('a bad record and no dead-letter topic: its partition waits at it and says so; once the topic is there, nothing was lost', async () => {
  const engine = await Engine.prepare({ partitions: 2, withDeadLetterTopic: false });
  const order = () => engine.orderMessage(uuidv7());
  await engine.raw([order(), order(), { value: 'no JSON' }, order(), { ...order(), partition: 1 }]);
  const consumer = await engine.start();

  await eventually(() => consumer.health().blocked.length > 0, DEADLINE);
  expect(consumer.health().blocked).toMatchObject([
    { partition: `${engine.topic.name}/0`, error: 'not-accepted' },
  ]);
  // The other partition is none the worse for it.
  await eventually(() => engine.position(1) === 1, DEADLINE);
  expect(engine.position(0) ?? 0).toBeLessThanOrEqual(2);
  expect(await engine.committed(0)).toBeLessThanOrEqual(2);

  await createTopic(engine.deadLetters, 2);
  await eventually(() => engine.position(0) === 4, DEADLINE);
  expect(engine.handled(0)).toEqual([0, 1, 3]);
  const letters = await readTopic(engine.deadLetters);
  expect(letters.map(({ value }) => value)).toEqual(['no JSON']);
  await eventually(() => consumer.health().blocked.length === 0, DEADLINE);
  await eventually(async () => (await engine.committed(0)) === 4, DEADLINE);
  await engine.stop();
  await deleteTopic(engine.deadLetters);
}, 90_000);
