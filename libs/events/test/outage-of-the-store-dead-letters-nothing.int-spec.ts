import { eventually, readTopic } from '@orderstream/testing';
import { offsetOf, uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';
import { MemoryStore } from './support/memory-store.ts';

const DEADLINE = { deadlineMs: 40_000 };

it('the store is away for a while: partitions pause, nothing is dead-lettered, and then everything is handled once and in order', async () => {
  const engine = await Engine.prepare();
  const consumer = await engine.start();
  await engine.order([uuidv7(), uuidv7()]);
  await eventually(() => engine.position() === 2, DEADLINE);

  engine.store.outage = MemoryStore.away;
  const runsBefore = engine.store.runs.length;
  await engine.order(Array.from({ length: 50 }, () => uuidv7()));
  // At least five attempts, with growing pauses between: some seconds.
  await eventually(() => engine.store.runs.length >= runsBefore + 5, DEADLINE);
  expect(consumer.health()).toMatchObject({
    joined: true,
    replaced: 0,
    blocked: [{ partition: `${engine.topic.name}/0`, error: 'store-away' }],
  });
  expect(engine.position()).toBe(2);
  expect(await engine.committed()).toBeLessThanOrEqual(2);

  engine.store.outage = undefined;
  await eventually(() => engine.position() === 52, DEADLINE);
  expect(engine.store.effects.map(offsetOf)).toEqual(Array.from({ length: 52 }, (_, offset) => offset));
  expect(await readTopic(engine.deadLetters)).toEqual([]);
  await eventually(() => consumer.health().blocked.length === 0, DEADLINE);
  await engine.stop();
}, 90_000);
