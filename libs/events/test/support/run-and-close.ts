// A process that consumes, produces and closes. It has to end by itself: whatever is left open would keep it.
import {
  defineEvent,
  encodeRecord,
  EventConsumer,
  EventProducer,
  orderCreated,
  subscriptionsOf,
} from '../../src/index.ts';
import type { Topic } from '../../src/index.ts';
import { anOrder } from './records.ts';
import { MemoryStore } from './memory-store.ts';

const [brokers = '', topicName = '', group = ''] = process.argv.slice(2);
const kafka = { clientId: 'test', brokers: brokers.split(',') };
const topic: Topic = {
  name: topicName,
  partitions: 1,
  retentionMs: 1,
  maxMessageBytes: 1,
  ordered: true,
  groups: [],
};
const contract = defineEvent({ ...orderCreated, key: 'order_id', topic });
const producer = new EventProducer(kafka);
let isHandled: () => void = () => undefined;
const handled = new Promise<void>((resolve) => (isHandled = resolve));
const handler = { contracts: [contract], handle: async () => isHandled(), options: {} };
const consumer = new EventConsumer({
  kafka,
  group,
  subscriptions: subscriptionsOf('worker', [handler]),
  store: new MemoryStore(),
  producer,
});

await consumer.start();
await producer.send(encodeRecord(contract, anOrder()));
await handled;
await consumer.close();
await producer.close();
process.stdout.write('closed\n');
