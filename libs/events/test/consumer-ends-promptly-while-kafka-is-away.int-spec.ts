import { eventually } from '@orderstream/testing';
import { uuidv7 } from '../src/index.ts';
import { asOperator } from './support/admin.ts';
import { Engine } from './support/engine.ts';
import { api } from './support/kafka-frames.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';

const DEADLINE = { deadlineMs: 30_000 };

let proxy: KafkaProxy;
let engine: Engine;

beforeEach(async () => {
  proxy = await KafkaProxy.start();
  engine = await Engine.prepare();
});

afterEach(async () => {
  await engine.stop();
  await proxy.stop();
});

const faults: [string, (kafka: KafkaProxy) => Promise<void> | void][] = [
  ['refuses connections', (kafka) => kafka.refuse()],
  ['is silent', (kafka) => kafka.fallSilent()],
  ['lets nobody join', (kafka) => kafka.loseAnswersTo(api.joinGroup)],
];

it.each(faults)(
  'Kafka %s from the start: start() has not resolved, close() does, and nothing joins later',
  async (_, fail) => {
    await fail(proxy);
    const consumer = engine.consumer({ brokers: [proxy.broker] });
    let isClosing = false;
    const started = consumer.start().then(() => isClosing);
    if (!proxy.isRefusing) await eventually(() => proxy.accepted > 0, DEADLINE);
    isClosing = true;
    await consumer.close();
    await expect(started).resolves.toBe(true);

    proxy.speak();
    if (proxy.isRefusing) await proxy.accept();
    await eventually(() => proxy.open === 0, DEADLINE);
    const requests = proxy.requestsOf(api.joinGroup);
    await engine.start();
    expect(proxy.requestsOf(api.joinGroup)).toBe(requests);
  },
  60_000,
);

it.each(faults.slice(0, 2))(
  'Kafka %s while it consumes: closed all the same',
  async (_, fail) => {
    const consumer = await engine.start({ brokers: [proxy.broker] });
    await engine.order([uuidv7()]);
    await eventually(() => engine.position() === 1, DEADLINE);
    await fail(proxy);
    await consumer.close();
    await eventually(() => proxy.open === 0, DEADLINE);
  },
  60_000,
);

it('Kafka is well: the group is left at once, nobody waits for a session to end', async () => {
  const consumer = await engine.start({ brokers: [proxy.broker] });
  await consumer.close();
  const { groups } = await asOperator((admin) => admin.describeGroups([engine.group]));
  expect(groups[0]?.members).toEqual([]);
}, 60_000);
