import kafkajs, { type Kafka } from 'kafkajs';
import { ProduceClient } from '../src/producer/produce-client.ts';

const { KafkaJSProtocolError } = kafkajs;

function answered(type: string, retriable: boolean): Error {
  return new KafkaJSProtocolError({ name: 'Error', message: type, type, code: 1, retriable } as never);
}

/** A client whose view of the cluster is told to it: topics by the node that leads their one partition. */
function setUp(leaders: Record<string, string>) {
  const asked: string[] = [];
  const failing = { refresh: undefined as Error | undefined, produce: undefined as Error | undefined };
  const refresh = (what: string) => async () => {
    asked.push(what);
    if (failing.refresh) throw failing.refresh;
  };
  const cluster = {
    addMultipleTargetTopics: async ([topic]: string[]) => void asked.push(`add ${topic}`),
    refreshMetadata: refresh('refresh'),
    refreshMetadataIfNecessary: refresh('refresh if necessary'),
    findLeaderForPartitions: (topic: string) => {
      const node = leaders[topic];
      return node === undefined ? {} : { [node]: [0] };
    },
    findBroker: async ({ nodeId }: { nodeId: string }) => ({
      produce: async () => {
        asked.push(`produce at ${nodeId}`);
        if (failing.produce) throw failing.produce;
        return { topics: [{ partitions: [{ baseOffset: '7' }] }] };
      },
    }),
  };
  const kafka = { [Symbol('private:Kafka:createCluster')]: () => cluster } as unknown as Kafka;
  const client = new ProduceClient(kafka);
  const send = async (topic: string) => (await client.leaderOf(topic, 0)).append([{ value: 'v' }], 1_000);
  const news = () => asked.splice(0);
  return { leaders, failing, send, news };
}

it('a topic is made known once; its records go to its leader', async () => {
  const { send, news } = setUp({ orders: '1', payments: '2' });
  expect(await send('orders')).toBe(7);
  expect(await send('orders')).toBe(7);
  expect(await send('payments')).toBe(7);
  expect(news().filter((what) => what !== 'refresh if necessary')).toEqual([
    'add orders',
    'produce at 1',
    'produce at 1',
    'add payments',
    'produce at 2',
  ]);
});

it('a topic without a leader fails the question about all: the others go to the leaders they had', async () => {
  const { leaders, failing, send, news } = setUp({ orders: '1', payments: '2' });
  await send('orders');
  await send('payments');
  news();
  delete leaders.payments;
  failing.refresh = answered('LEADER_NOT_AVAILABLE', true);
  await expect(send('orders')).resolves.toBe(7);
  expect(news()).toContain('produce at 1');
  await expect(send('payments')).rejects.toBe(failing.refresh);
});

it('the brokers know of no such partition: said so', async () => {
  await expect(setUp({}).send('orders')).rejects.toThrow('topic orders has no partition 0');
});

it('the leader has changed: found out by the next attempt, and by as many as it takes', async () => {
  const { leaders, failing, send, news } = setUp({ orders: '1' });
  await send('orders');
  failing.produce = answered('NOT_LEADER_FOR_PARTITION', true);
  await expect(send('orders')).rejects.toBe(failing.produce);
  // Not before the attempt has ended: its bytes would pass for the record's.
  expect(news().at(-1)).toBe('produce at 1');
  failing.produce = undefined;
  failing.refresh = answered('LEADER_NOT_AVAILABLE', true);
  await send('orders');
  expect(news()).toEqual(['refresh', 'produce at 1']);
  failing.refresh = undefined;
  leaders.orders = '2';
  await send('orders');
  await send('orders');
  expect(news()).toEqual(['refresh', 'produce at 2', 'refresh if necessary', 'produce at 2']);
});

it('a refusal that no other leader would change: nothing is asked', async () => {
  const { failing, send, news } = setUp({ orders: '1' });
  failing.produce = answered('MESSAGE_TOO_LARGE', false);
  await expect(send('orders')).rejects.toBe(failing.produce);
  failing.produce = undefined;
  news();
  await send('orders');
  expect(news()).toEqual(['refresh if necessary', 'produce at 1']);
});
