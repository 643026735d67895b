import { jest } from '@jest/globals';
import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';

// kafkajs arms a timer per connection and millisecond, for ever: 5,400 a second were counted for a consumer and its admin client.
it('a consumer and a producer with nothing to do: hardly a timer is armed', async () => {
  const proxy = await KafkaProxy.start();
  const engine = await Engine.prepare();
  await engine.start({ brokers: [proxy.broker] });
  await engine.order([uuidv7()]);
  await eventually(() => engine.position() === 1, { deadlineMs: 30_000 });

  const timers = jest.spyOn(globalThis, 'setTimeout');
  const fetches = () => proxy.requestsOf(api.fetch);
  const until = fetches() + 10;
  // Ten fetches of 250 ms each: the measure of time is the broker's.
  await new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      if (fetches() < until) return;
      clearInterval(watch);
      resolve();
    }, 50);
  });
  const armed = timers.mock.calls.length;
  timers.mockRestore();
  expect(armed).toBeLessThan(250);
  await engine.stop();
  await proxy.stop();
}, 60_000);
