import { eventually } from '@orderstream/testing';
import { offsetOf, TransientError, uuidv7, type ReceivedEvent } from '../src/index.ts';
import { Engine } from './support/engine.ts';

const KEYS = 40;
const ROUNDS = 50;

it('many keys over partitions, and a store and a handler that fail now and then: each key in order, each record once', async () => {
  let calls = 0;
  const engine = await Engine.prepare({
    partitions: 4,
    maxAttempts: 100,
    handle: async () => {
      calls += 1;
      if (calls % 7 === 3) throw new TransientError('deadlock', 'try again');
      if (calls % 11 === 5) throw new Error('unknown');
    },
  });
  const keys = Array.from({ length: KEYS }, () => uuidv7());
  const consumer = await engine.start();
  for (let round = 0; round < ROUNDS; round += 1) await engine.order(keys);
  await eventually(() => engine.store.effects.length >= KEYS * ROUNDS, { deadlineMs: 60_000 });

  expect(calls).toBeGreaterThan(7);
  const byKey = Map.groupBy(engine.store.effects, keyOf);
  expect([...byKey.keys()].sort()).toEqual([...keys].sort());
  for (const events of byKey.values()) {
    const offsets = events.map(offsetOf);
    expect(offsets).toHaveLength(ROUNDS);
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
  }
  expect(consumer.health().replaced).toBe(0);
  await engine.stop();
}, 90_000);

function keyOf({ payload }: ReceivedEvent): string {
  return (payload as { order_id: string }).order_id;
}
