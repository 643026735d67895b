import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';

const DEADLINE = { deadlineMs: 60_000 };

const breaks: [string, (proxy: KafkaProxy) => Promise<void> | void][] = [
  ['its connections are cut', (proxy) => proxy.cut()],
  [
    'the broker refuses it for a while',
    async (proxy) => {
      await proxy.refuse();
    },
  ],
  ['its connections fall silent', (proxy) => proxy.fallSilent()],
];

it.each(breaks)(
  '%s: it comes back by itself, and every record is handled once',
  async (_, breakIt) => {
    const proxy = await KafkaProxy.start();
    const engine = await Engine.prepare();
    const consumer = await engine.start({ brokers: [proxy.broker] });
    await engine.order(Array.from({ length: 10 }, () => uuidv7()));
    await eventually(() => engine.position() === 10, DEADLINE);

    await breakIt(proxy);
    await engine.order(Array.from({ length: 10 }, () => uuidv7()));
    if (breakIt !== breaks[0]?.[1]) {
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
  },
  150_000,
);
