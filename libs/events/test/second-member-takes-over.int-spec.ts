import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';

const DEADLINE = { deadlineMs: 40_000 };

it('members join and leave under load: they share the partitions, and every record is handled once, in order', async () => {
  const engine = await Engine.prepare({ partitions: 4 });
  const keys = Array.from({ length: 20 }, () => uuidv7());
  let sent = 0;
  let isSending = true;
  const stream = (async () => {
    while (isSending) {
      await engine.order(keys);
      sent += keys.length;
    }
  })();
  const first = await engine.start();
  await eventually(() => engine.store.effects.length > 200, DEADLINE);

  const second = await engine.start();
  const held = () => [first, second].map((consumer) => ownPartitions(consumer.health().assignment));
  await eventually(() => held().every((partitions) => partitions.length === 2), DEADLINE);
  expect(held().flat().sort()).toEqual(['0', '1', '2', '3']);
  const share = engine.store.effects.length;
  await eventually(() => engine.store.effects.length > share + 400, DEADLINE);

  await first.close();
  await eventually(() => ownPartitions(second.health().assignment).length === 4, DEADLINE);
  const rest = engine.store.effects.length;
  await eventually(() => engine.store.effects.length > rest + 400, DEADLINE);
  isSending = false;
  await stream;
  await eventually(() => engine.store.effects.length >= sent, DEADLINE);

  for (let partition = 0; partition < 4; partition += 1) {
    const handled = engine.handled(partition);
    expect(handled).toEqual(Array.from({ length: handled.length }, (_, offset) => offset));
  }
  expect(engine.store.effects).toHaveLength(sent);
  await engine.stop();
}, 90_000);

function ownPartitions(assignment: readonly string[]): string[] {
  return assignment.filter((name) => !name.includes('.retry/')).map((name) => name.split('/')[1] ?? '');
}
