import kafkajs, { type Admin } from 'kafkajs';
import type { Topic } from './topics.ts';

// Node's reading of the CommonJS package finds only its first few names.
const { ConfigResourceTypes } = kafkajs;

const LEADER_DEADLINE_MS = 30_000;
const LEADER_POLL_MS = 50;

/** One difference between the topics as code and the broker. */
export type TopicChange =
  | { readonly kind: 'create'; readonly topic: Topic }
  | { readonly kind: 'add-partitions'; readonly topic: Topic; readonly from: number }
  | {
      readonly kind: 'set-config';
      readonly topic: Topic;
      readonly key: string;
      readonly from: string;
      readonly to: string;
    }
  /** Cannot be done in place: the operator decides. */
  | { readonly kind: 'impossible'; readonly topic: Topic; readonly why: string };

export interface ApplyOptions {
  /** Copies of each record: 3 in production, 1 on a single broker. */
  readonly replicationFactor: number;
}

/** What `applyTopics` would do. Reads only. @throws when Kafka is away */
export async function planTopics(
  admin: Admin,
  wanted: readonly Topic[],
  options: ApplyOptions,
): Promise<TopicChange[]> {
  const existing = new Set(await admin.listTopics());
  const present = wanted.filter(({ name }) => existing.has(name));
  const missing = wanted.filter(({ name }) => !existing.has(name));
  const changes: TopicChange[] = missing.map((topic) => ({ kind: 'create', topic }));
  if (present.length === 0) return changes;

  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: present.map(({ name }) => name) });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: present.map(({ name }) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  for (const topic of present) {
    const partitions = metadata.find(({ name }) => name === topic.name)?.partitions ?? [];
    changes.push(...partitionChanges(topic, partitions.length));
    const replicas = partitions[0]?.replicas.length ?? options.replicationFactor;
    if (replicas !== options.replicationFactor) {
      const why = `it has ${replicas} replicas, not ${options.replicationFactor}: reassign its partitions with Kafka's own tool`;
      changes.push({ kind: 'impossible', topic, why });
    }
    const configs = resources.find(({ resourceName }) => resourceName === topic.name)?.configEntries ?? [];
    for (const [key, to] of Object.entries(topicConfig(topic, options))) {
      const from = configs.find(({ configName }) => configName === key)?.configValue ?? '';
      if (from !== to) changes.push({ kind: 'set-config', topic, key, from, to });
    }
  }
  return changes;
}

/** Carries a plan out; calling it twice does nothing the second time. @throws when Kafka refuses a change */
export async function applyTopics(
  admin: Admin,
  changes: readonly TopicChange[],
  options: ApplyOptions,
): Promise<void> {
  const created = changes.flatMap((change) => (change.kind === 'create' ? [change.topic] : []));
  if (created.length > 0) {
    await admin.createTopics({
      // kafkajs's own wait fails where the broker does not know the new topic yet.
      waitForLeaders: false,
      topics: created.map((topic) => ({
        topic: topic.name,
        numPartitions: topic.partitions,
        replicationFactor: options.replicationFactor,
        configEntries: Object.entries(topicConfig(topic, options)).map(([name, value]) => ({ name, value })),
      })),
    });
    await untilServed(
      admin,
      created.map(({ name }) => name),
    );
  }
  const grown = changes.flatMap((change) => (change.kind === 'add-partitions' ? [change.topic] : []));
  if (grown.length > 0) {
    await admin.createPartitions({
      topicPartitions: grown.map((topic) => ({ topic: topic.name, count: topic.partitions })),
    });
  }
  // AlterConfigs replaces a topic's whole configuration: send all of it, not only what differs.
  const reconfigured = new Set(
    changes.flatMap((change) => (change.kind === 'set-config' ? [change.topic] : [])),
  );
  if (reconfigured.size > 0) {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [...reconfigured].map((topic) => ({
        type: ConfigResourceTypes.TOPIC,
        name: topic.name,
        configEntries: Object.entries(topicConfig(topic, options)).map(([name, value]) => ({ name, value })),
      })),
    });
  }
}

/**
 * Resolves once the leader of every partition answers, which is later than when the topic's metadata name one.
 * @throws Error when that takes longer than 30 s
 */
async function untilServed(admin: Admin, names: readonly string[]): Promise<void> {
  const endMs = Date.now() + LEADER_DEADLINE_MS;
  for (const name of names) {
    // An error until then: the broker does not know the topic, the partition has no leader, the leader does not know that it is.
    while (!(await admin.fetchTopicOffsets(name).catch(() => undefined))) {
      if (Date.now() > endMs) throw new Error(`the new topic ${name} has partitions that nobody leads`);
      await new Promise((resolve) => setTimeout(resolve, LEADER_POLL_MS));
    }
  }
}

function partitionChanges(topic: Topic, actual: number): TopicChange[] {
  if (actual === topic.partitions) return [];
  if (actual < topic.partitions) return [{ kind: 'add-partitions', topic, from: actual }];
  const why = `it has ${actual} partitions, not ${topic.partitions}: Kafka cannot take partitions away`;
  return [{ kind: 'impossible', topic, why }];
}

function topicConfig(topic: Topic, options: ApplyOptions): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    // kafkajs crashes at a batch in any compression but gzip, and its whole group with it: the broker unpacks what others compress.
    'compression.type': 'uncompressed',
    'retention.ms': String(topic.retentionMs),
    'max.message.bytes': String(topic.maxMessageBytes),
    // Three copies of which two must have a record before it counts as accepted; one copy can only promise itself.
    'min.insync.replicas': options.replicationFactor >= 3 ? '2' : '1',
  };
}
