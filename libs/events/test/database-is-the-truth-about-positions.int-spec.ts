import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';

const DEADLINE = { deadlineMs: 40_000 };

async function consumeTen(): Promise<Engine> {
  const engine = await Engine.prepare();
  await engine.order(Array.from({ length: 10 }, () => uuidv7()));
  const consumer = await engine.start();
  await eventually(() => engine.position() === 10, DEADLINE);
  await consumer.close();
  expect(await engine.committed()).toBe(10);
  return engine;
}

it('a database restored from a backup is behind Kafka’s offset: the records since are handled again', async () => {
  const engine = await consumeTen();
  engine.moveTo(4);
  await engine.start();
  await engine.order([uuidv7()]);
  await eventually(() => engine.position() === 11, DEADLINE);
  expect(engine.handled().slice(10)).toEqual([4, 5, 6, 7, 8, 9, 10]);
  await engine.stop();
}, 60_000);

it('a failover loses the last seconds while records flow: the engine goes back by itself', async () => {
  const engine = await Engine.prepare();
  const consumer = await engine.start();
  await engine.order(Array.from({ length: 10 }, () => uuidv7()));
  await eventually(() => engine.position() === 10, DEADLINE);
  engine.moveTo(6);
  await engine.order([uuidv7()]);
  await eventually(() => engine.position() === 11, DEADLINE);
  expect(engine.handled().slice(10)).toEqual([6, 7, 8, 9, 10]);
  expect(consumer.health().replaced).toBe(0);
  await engine.stop();
}, 60_000);

it('a new database beside a group that Kafka remembers: everything from the beginning', async () => {
  const engine = await consumeTen();
  engine.store.positions.clear();
  await engine.start();
  await engine.order([uuidv7()]);
  await eventually(() => engine.position() === 11, DEADLINE);
  expect(engine.handled().slice(10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await engine.stop();
}, 60_000);

it('Kafka’s offset is behind the database, as after a crash before the commit: nothing is handled twice', async () => {
  const engine = await Engine.prepare();
  await engine.order(Array.from({ length: 10 }, () => uuidv7()));
  engine.moveTo(7);
  await engine.start();
  await eventually(() => engine.position() === 10, DEADLINE);
  expect(engine.handled()).toEqual([7, 8, 9]);
  await engine.stop();
}, 60_000);

it('Kafka’s offset is behind, and no record comes: it is brought to where the database stands, so that no lag is shown', async () => {
  const engine = await Engine.prepare();
  await engine.order(Array.from({ length: 3 }, () => uuidv7()));
  engine.moveTo(3);
  await engine.start();
  await eventually(async () => (await engine.committed()) === 3, DEADLINE);
  expect(engine.handled()).toEqual([]);
  await engine.stop();
}, 60_000);
