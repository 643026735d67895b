import type { Cluster } from '../../src/log/kafkajs-cluster.ts';
import { readPartitions, type Source } from '../../src/log/read-partitions.ts';

const STAYS = '2';

/**
 * Partition 0 is led by broker 2, which has one more record at every fetch. Partition 1 is led by another one than metadata says, until
 * that is asked for anew.
 */
function cluster({ before, after }: { before: string; after: string }) {
  const asked: string[] = [];
  let moved = before;
  let written = 0;
  const fetchFrom = async (nodeId: string) => {
    asked.push(nodeId);
    if (nodeId === before) throw new Error('This server is not the leader for that topic-partition');
    const [partition, offset] = nodeId === STAYS ? [0, written++] : [1, 0];
    const message = { offset: String(offset), timestamp: '0', key: null, value: null };
    return { responses: [{ partitions: [{ partition, highWatermark: '9', messages: [message] }] }] };
  };
  const faked: Partial<Cluster> = {
    addTargetTopic: async () => undefined,
    refreshMetadata: async () => void (moved = after),
    findLeaderForPartitions: (_topic, partitions) =>
      Object.fromEntries(partitions.map((partition) => [partition === 0 ? STAYS : moved, [partition]])),
    findBroker: async ({ nodeId }) =>
      ({ fetch: () => fetchFrom(nodeId) }) as unknown as Awaited<ReturnType<Cluster['findBroker']>>,
  };
  const source: Source = { cluster: faked as Cluster, brokers: 'kafka:9092', bounds: async () => new Map() };
  return { source, asked };
}

/** What is read until partition 1 has come, or does not come; and what is said meanwhile. */
async function readAll(source: Source) {
  const stop = new AbortController();
  const places: string[] = [];
  const said: string[] = [];
  const records = readPartitions(source, {
    topic: 'orders',
    from: new Map([
      [0, 0],
      [1, 0],
    ]),
    signal: stop.signal,
    onTrouble: (sentence) => said.push(sentence),
  });
  for await (const each of records) {
    places.push(...each.map(({ partition, offset }) => `${partition}/${offset}`));
    if (places.includes('1/0') || places.length > 9) stop.abort();
  }
  return { places, said };
}

describe('a partition whose leader has moved, beside one that always has something', () => {
  it('asked behind the other one: said, looked for, and read', async () => {
    const { source } = cluster({ before: '3', after: '4' });
    expect(await readAll(source)).toEqual({
      places: ['0/0', '0/1', '1/0'],
      said: ['Kafka does not answer for orders/1; trying until it does'],
    });
  });

  it('asked before the other one: the same, and the other one is read meanwhile', async () => {
    const { source, asked } = cluster({ before: '1', after: '3' });
    expect((await readAll(source)).places).toEqual(['0/0', '0/1', '1/0']);
    expect(asked).toEqual(['1', '2', '2', '3']);
  });

  it('in a read that has an end: it does not end without that partition', async () => {
    const { source } = cluster({ before: '3', after: '4' });
    const ends = new Map([
      [0, 1],
      [1, 1],
    ]);
    const places: string[] = [];
    for await (const each of readPartitions(source, {
      topic: 'orders',
      from: new Map([
        [0, 0],
        [1, 0],
      ]),
      to: ends,
    }))
      places.push(...each.map(({ partition, offset }) => `${partition}/${offset}`));
    expect(places).toEqual(['0/0', '1/0']);
  });
});
