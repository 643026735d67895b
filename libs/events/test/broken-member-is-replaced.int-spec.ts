import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';

const DEADLINE = { deadlineMs: 60_000 };

async function breakAndMend(
  breakIt: (proxy: KafkaProxy) => Promise<void> | void,
  isReplaced: boolean,
): Promise<void> {
  const proxy = await KafkaProxy.start();
  const engine = await Engine.prepare();
  const consumer = await engine.start({ brokers: [proxy.broker] });
  await engine.order(Array.from({ length: 10 }, () => uuidv7()));
  await eventually(() => engine.position() === 10, DEADLINE);

  await breakIt(proxy);
  await engine.order(Array.from({ length: 10 }, () => uuidv7()));
  if (isReplaced) {
    await eventually(() => consumer.health().replaced > 0, DEADLINE);
    expect(engine.position()).toBe(10);
  }
  proxy.speak();
  await proxy.accept();
  await eventually(() => engine.position() === 20, DEADLINE);
  expect(engine.handled()).toEqual(Array.from({ length: 20 }, (_, offset) => offset));
  await eventually(() => consumer.health().joined, DEADLINE);
  await eventually(async () => (await engine.committed()) === 20, DEADLINE);
  await engine.stop();
  await proxy.stop();
}

it('its connections are cut: it goes on by itself, and every record is handled once', async () => {
  await breakAndMend((proxy) => proxy.cut(), false);
}, 90_000);

it('one is cut in the middle of an answer: the other half is not looked for in what the next one brings', async () => {
  const proxy = await KafkaProxy.start();
  const engine = await Engine.prepare();
  const consumer = await engine.start({ brokers: [proxy.broker] });
  proxy.tearAnswerTo(api.fetch);
  await engine.order(Array.from({ length: 30 }, () => uuidv7()));
  await eventually(() => proxy.hasTorn && engine.position() === 30, DEADLINE);
  expect(engine.handled()).toEqual(Array.from({ length: 30 }, (_, offset) => offset));
  expect(consumer.health().replaced).toBe(0);
  await engine.stop();
  await proxy.stop();
}, 90_000);

// Both at once: each waits until the group has given up the member that broke, 10 s.
it('the broker refuses it for a while, or its connections fall silent: it is replaced, and every record is handled once', async () => {
  await Promise.all([
    breakAndMend((proxy) => proxy.refuse(), true),
    breakAndMend((proxy) => proxy.fallSilent(), true),
  ]);
}, 150_000);
