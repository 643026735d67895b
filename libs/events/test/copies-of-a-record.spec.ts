import type { Admin } from 'kafkajs';
import { applyTopics, planTopics, type Topic } from '../src/index.ts';

type Creation = Parameters<Admin['createTopics']>[0];

const topic: Topic = {
  name: 'things',
  partitions: 2,
  retentionMs: 3_600_000,
  maxMessageBytes: 1_048_588,
  ordered: true,
  groups: [],
};

/** As many brokers as a test's own Kafka never has; what is created there, and what a topic that exists has. */
function cluster(brokers: number, present?: { replicas: number; insync: string }) {
  const created: Creation[] = [];
  const partitions = Array.from({ length: topic.partitions }, (_, partitionId) => ({
    partitionId,
    replicas: Array.from({ length: present?.replicas ?? 0 }, (__, broker) => broker),
  }));
  const config = {
    'cleanup.policy': 'delete',
    'compression.type': 'uncompressed',
    'retention.ms': String(topic.retentionMs),
    'max.message.bytes': String(topic.maxMessageBytes),
    'min.insync.replicas': present?.insync ?? '',
  };
  const configEntries = Object.entries(config).map(([configName, configValue]) => ({
    configName,
    configValue,
  }));
  const admin = {
    listTopics: () => Promise.resolve(present ? [topic.name] : []),
    describeCluster: () => Promise.resolve({ brokers: Array.from({ length: brokers }) }),
    fetchTopicMetadata: () => Promise.resolve({ topics: [{ name: topic.name, partitions }] }),
    describeConfigs: () => Promise.resolve({ resources: [{ resourceName: topic.name, configEntries }] }),
    createTopics: (options: Creation) => Promise.resolve(created.push(options) > 0),
    fetchTopicOffsets: () => Promise.resolve([]),
  };
  return { admin: admin as unknown as Admin, created };
}

describe('a new topic', () => {
  it.each([
    [1, 1, '1'],
    [2, 2, '1'],
    [3, 3, '2'],
    [5, 3, '2'],
  ])(
    'on %d brokers: %d copies, of which %s must have a record before it counts',
    async (brokers, copies, insync) => {
      const { admin, created } = cluster(brokers);
      await applyTopics(admin, await planTopics(admin, [topic]));
      const [one] = created.flatMap(({ topics }) => topics);
      expect(one).toMatchObject({ topic: topic.name, replicationFactor: copies });
      expect(one?.configEntries).toContainEqual({ name: 'min.insync.replicas', value: insync });
    },
  );
});

describe('a topic that exists', () => {
  it.each([
    ['three copies, one promised: two are wanted', 3, '1', [{ from: '1', to: '2' }]],
    ['three copies, two promised: as it should be', 3, '2', []],
    ['one copy, which can only promise itself: as it should be', 1, '1', []],
    [
      'one copy, two promised, so that nothing could be written: one is wanted',
      1,
      '2',
      [{ from: '2', to: '1' }],
    ],
  ])('%s', async (_, replicas, insync, changes) => {
    const { admin } = cluster(3, { replicas, insync });
    expect(await planTopics(admin, [topic])).toEqual(
      changes.map((change) => ({ kind: 'set-config', topic, key: 'min.insync.replicas', ...change })),
    );
  });
});
