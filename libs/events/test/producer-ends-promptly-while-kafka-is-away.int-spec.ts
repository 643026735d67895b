import { eventually, testTopic, type TestTopic } from '@orderstream/testing';
import { NotAcceptedError } from '../src/index.ts';
import { KafkaProxy } from './support/kafka-proxy.ts';
import { aProducer, aRecord, Senders } from './support/producing.ts';

let topic: TestTopic;
let proxy: KafkaProxy;

beforeEach(async () => {
  topic = await testTopic();
  proxy = await KafkaProxy.start();
});

afterEach(async () => {
  await proxy.stop();
  await topic.delete();
});

const faults: [string, (kafka: KafkaProxy) => Promise<void> | void][] = [
  ['refuses connections', (kafka) => kafka.refuse()],
  ['is silent', (kafka) => kafka.fallSilent()],
];

it.each(faults)(
  'Kafka %s: every sender is told, then the producer is closed; nothing is left open',
  async (_, fail) => {
    const producer = aProducer([proxy.broker], { sendTimeoutMs: 5_000 });
    await producer.send(aRecord(topic, 'before'));
    await fail(proxy);
    const senders = new Senders(producer);
    for (let index = 0; index < 10; index += 1) senders.send(aRecord(topic, String(index)));
    await producer.close();
    const { accepted, notAccepted, unknown } = await senders.all();
    expect({ accepted, told: notAccepted.length + unknown.length }).toEqual({ accepted: [], told: 10 });
    await eventually(() => proxy.open === 0);
    await expect(producer.send(aRecord(topic, 'late'))).rejects.toThrow(NotAcceptedError);
  },
  30_000,
);

it.each(faults)(
  'Kafka %s while it connects for the first time: closed at once',
  async (_, fail) => {
    const producer = aProducer([proxy.broker]);
    await fail(proxy);
    const connecting = expect(producer.connect()).rejects.toThrow();
    await producer.close();
    await connecting;
    await eventually(() => proxy.open === 0);
  },
  30_000,
);
