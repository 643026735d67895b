import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';

const DEADLINE = { deadlineMs: 40_000 };

// Two members that both believe they own every partition, as a member that was replaced without noticing and its successor do:
// here they are in two groups for Kafka, and one for the store.
it('two members on the same partitions at the same time: each record is applied once, in order', async () => {
  const engine = await Engine.prepare({ partitions: 2 });
  const members = [await engine.start(), await engine.start({ group: `${engine.group}-zombie` })];
  const keys = Array.from({ length: 10 }, () => uuidv7());
  for (let round = 0; round < 60; round += 1) await engine.order(keys);
  await eventually(() => engine.store.effects.length >= 600, DEADLINE);

  for (const partition of [0, 1]) {
    const handled = engine.handled(partition);
    expect(handled).toEqual(Array.from({ length: handled.length }, (_, offset) => offset));
  }
  expect(engine.store.effects).toHaveLength(600);
  expect(members.map((member) => member.health().blocked)).toEqual([[], []]);
  await engine.stop();
}, 60_000);
