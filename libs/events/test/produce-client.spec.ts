import kafkajs, { type Kafka } from 'kafkajs';
import { ProduceClient } from '../src/producer/produce-client.ts';

const { KafkaJSProtocolError } = kafkajs;
/** Kafka's code for "no leader at present", and for "not authorized to access topics". */
const LEADER_NOT_AVAILABLE = 5;
const TOPIC_AUTHORIZATION_FAILED = 29;

function answered(type: string, retriable: boolean): Error {
  return new KafkaJSProtocolError({ name: 'Error', message: type, type, code: 1, retriable } as never);
}

/** A client whose view of the cluster is told to it: topics by the node that leads their one partition, or by their error code. */
function setUp(leaders: Record<string, string>, errors: Record<string, number> = {}) {
  const asked: string[] = [];
  const failing = {
    refresh: undefined as Error | undefined,
    /** The answer that is asked for only because the last one is old. */
    routine: undefined as Promise<never> | undefined,
    produce: undefined as Error | undefined,
  };
  const targets = new Set<string>();
  const brokerPool = { metadata: null as unknown, createBroker: () => undefined };
  const refresh = async (): Promise<void> => {
    if (failing.refresh) throw failing.refresh;
    brokerPool.metadata = {
      topicMetadata: [...targets].map((topic) => ({
        topic,
        topicErrorCode: errors[topic] ?? 0,
        partitionMetadata:
          topic in leaders ? [{ partitionErrorCode: 0, partitionId: 0, leader: Number(leaders[topic]) }] : [],
      })),
    };
  };
  const cluster = {
    brokerPool,
    addMultipleTargetTopics: async ([topic = '']: string[]) => {
      asked.push(`add ${topic}`);
      targets.add(topic);
      await refresh();
    },
    refreshMetadata: async () => {
      asked.push('refresh');
      await refresh();
    },
    refreshMetadataIfNecessary: async () => {
      asked.push('refresh if necessary');
      await failing.routine;
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
  return { leaders, errors, failing, send, news };
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

it('a partition without a leader: said so, and asked for at each attempt until it has one', async () => {
  const { leaders, send, news } = setUp({ orders: '-1' });
  await expect(send('orders')).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
  news();
  await expect(send('orders')).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
  leaders.orders = '2';
  await expect(send('orders')).resolves.toBe(7);
  expect(news()).toEqual(['refresh', 'refresh', 'produce at 2']);
});

it('a topic without a leader, one that we may not see: the others have theirs, and do not ask', async () => {
  const errors = { payments: LEADER_NOT_AVAILABLE, users: TOPIC_AUTHORIZATION_FAILED };
  const { send, news } = setUp({ orders: '1' }, errors);
  await expect(send('payments')).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
  await expect(send('users')).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' });
  await expect(send('orders')).resolves.toBe(7);
  await expect(send('payments')).rejects.toThrow();
  news();
  await expect(send('orders')).resolves.toBe(7);
  expect(news()).toEqual(['refresh if necessary', 'produce at 1']);
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
  failing.refresh = new Error('no answer');
  await expect(send('orders')).rejects.toBe(failing.refresh);
  expect(news()).toEqual(['refresh']);
  failing.refresh = undefined;
  leaders.orders = '2';
  await send('orders');
  await send('orders');
  expect(news()).toEqual(['refresh', 'produce at 2', 'refresh if necessary', 'produce at 2']);
});

it.each([
  ['is refused', () => Promise.reject(new Error('no answer'))],
  ['never comes', () => new Promise<never>(() => undefined)],
])('news that only age calls for %s: records go to the leader that is known', async (_, routine) => {
  const { failing, send } = setUp({ orders: '1' });
  await send('orders');
  failing.routine = routine();
  await expect(send('orders')).resolves.toBe(7);
  await expect(send('orders')).resolves.toBe(7);
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
