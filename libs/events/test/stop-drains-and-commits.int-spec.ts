import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';
import { Gate } from './support/gate.ts';

const DEADLINE = { deadlineMs: 30_000 };

it('a stop during a slice: the slice is finished and committed, no other is begun, and the next start goes on there', async () => {
  const gate = new Gate();
  const engine = await Engine.prepare({ handle: () => gate.pass() });
  await engine.order(Array.from({ length: 1_200 }, () => uuidv7()));
  const consumer = await engine.start();
  await eventually(() => gate.waiting === 1, DEADLINE);
  const closed = consumer.close();
  gate.open();
  await closed;

  const position = engine.position() ?? 0;
  expect(position).toBeGreaterThan(0);
  expect(position).toBeLessThanOrEqual(500);
  expect(engine.handled()).toHaveLength(position);
  expect(await engine.committed()).toBe(position);
  expect(consumer.health()).toMatchObject({ joined: false, assignment: [] });

  await engine.start();
  await eventually(() => engine.position() === 1_200, DEADLINE);
  expect(engine.handled()).toEqual(Array.from({ length: 1_200 }, (_, offset) => offset));
  await engine.stop();
}, 60_000);

it('a stop while a handler hangs: ends with the deadline, and what the handler does later is still kept once', async () => {
  const gate = new Gate();
  const engine = await Engine.prepare();
  await engine.order([uuidv7()]);
  const hanging = await engine.start({ drainTimeoutMs: 500, handle: () => gate.pass() });
  await eventually(() => gate.waiting === 1, DEADLINE);
  await hanging.close();
  expect(hanging.health()).toMatchObject({ joined: false, assignment: [] });
  gate.open();
  await eventually(() => engine.position() === 1, DEADLINE);
  expect(engine.handled()).toEqual([0]);
  await engine.stop();
}, 60_000);
