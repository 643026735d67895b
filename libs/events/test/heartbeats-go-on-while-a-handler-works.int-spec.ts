import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { Engine } from './support/engine.ts';
import { Gate } from './support/gate.ts';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';

const DEADLINE = { deadlineMs: 40_000 };

it('a handler that takes its time: the group goes on counting on the member, and its commit is taken', async () => {
  const proxy = await KafkaProxy.start();
  const gate = new Gate();
  const engine = await Engine.prepare({ handle: () => gate.pass() });
  const consumer = await engine.start({ brokers: [proxy.broker] });
  await engine.order([uuidv7()]);
  await eventually(() => gate.waiting === 1, DEADLINE);

  const fetches = proxy.requestsOf(api.fetch);
  const heartbeats = proxy.requestsOf(api.heartbeat);
  await eventually(() => proxy.requestsOf(api.heartbeat) >= heartbeats + 3, DEADLINE);
  expect(proxy.requestsOf(api.fetch)).toBe(fetches);
  expect(consumer.health()).toMatchObject({ joined: true, replaced: 0, blocked: [] });

  gate.open();
  await eventually(async () => (await engine.committed()) === 1, DEADLINE);
  expect(consumer.health()).toMatchObject({ joined: true, replaced: 0 });
  await engine.stop();
  await proxy.stop();
}, 90_000);
