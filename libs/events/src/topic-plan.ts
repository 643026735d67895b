import kafkajs, { type Admin, type ConfigEntries } from 'kafkajs';
import type { Topic } from './topics.ts';

// Node's reading of the CommonJS package finds only its first few names.
const { ConfigResourceTypes, ConfigSource } = kafkajs;

const LEADER_DEADLINE_MS = 30_000;
const LEADER_POLL_MS = 50;

/** One difference between the topics as code and the broker. */
export type TopicChange =
  | { readonly kind: 'create'; readonly topic: Topic; readonly replicas: number }
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

type SetConfig = Extract<TopicChange, { kind: 'set-config' }>;

export interface PlanOptions {
  /** Copies of each record. Default: as many as these topics have where some exist; else 3, or one for each broker where there are fewer. */
  readonly replicationFactor?: number | undefined;
}

const PRODUCTION_REPLICAS = 3;

/** What `applyTopics` would do. Reads only. @throws when Kafka is away */
export async function planTopics(
  admin: Admin,
  wanted: readonly Topic[],
  { replicationFactor }: PlanOptions = {},
): Promise<TopicChange[]> {
  const existing = new Set(await admin.listTopics());
  const present = wanted.filter(({ name }) => existing.has(name));
  const missing = wanted.filter(({ name }) => !existing.has(name));
  const { topics: metadata } =
    present.length > 0
      ? await admin.fetchTopicMetadata({ topics: present.map(({ name }) => name) })
      : { topics: [] };
  const replicasOf = new Map(
    metadata.map(({ name, partitions }) => [
      name,
      Math.min(...partitions.map((each) => each.replicas.length)),
    ]),
  );
  const replicas = replicationFactor ?? (await usualReplicas(admin, [...replicasOf.values()]));
  const changes: TopicChange[] = missing.map((topic) => ({ kind: 'create', topic, replicas }));
  const configs = await topicConfigs(admin, present);
  for (const topic of present) {
    const partitions = metadata.find(({ name }) => name === topic.name)?.partitions ?? [];
    changes.push(...partitionChanges(topic, partitions.length));
    const has = replicasOf.get(topic.name) ?? replicas;
    if (has !== replicas) {
      const why = `it has ${has} replicas, not ${replicas}: reassign its partitions with Kafka's own tool`;
      changes.push({ kind: 'impossible', topic, why });
    }
    // As many copies as there are, not as many as there should be, can promise anything.
    for (const [key, to] of Object.entries(topicConfig(topic, has))) {
      const from = configs.get(topic.name)?.find(({ configName }) => configName === key)?.configValue ?? '';
      if (from !== to) changes.push({ kind: 'set-config', topic, key, from, to });
    }
  }
  return changes;
}

/** Carries a plan out; calling it twice does nothing the second time. @throws when Kafka refuses a change */
export async function applyTopics(admin: Admin, changes: readonly TopicChange[]): Promise<void> {
  const created = changes.flatMap((change) => (change.kind === 'create' ? [change] : []));
  if (created.length > 0) {
    await admin.createTopics({
      // kafkajs's own wait fails where the broker does not know the new topic yet.
      waitForLeaders: false,
      topics: created.map(({ topic, replicas }) => ({
        topic: topic.name,
        numPartitions: topic.partitions,
        replicationFactor: replicas,
        configEntries: Object.entries(topicConfig(topic, replicas)).map(([name, value]) => ({ name, value })),
      })),
    });
    await untilServed(
      admin,
      created.map(({ topic }) => topic.name),
    );
  }
  const grown = changes.flatMap((change) => (change.kind === 'add-partitions' ? [change.topic] : []));
  if (grown.length > 0) {
    await admin.createPartitions({
      topicPartitions: grown.map((topic) => ({ topic: topic.name, count: topic.partitions })),
    });
  }
  const settings = changes.filter((change) => change.kind === 'set-config');
  if (settings.length > 0) await configure(admin, settings);
}

/** AlterConfigs replaces what is set for a topic: what an operator has set besides is sent along. */
async function configure(admin: Admin, settings: readonly SetConfig[]): Promise<void> {
  const byTopic = Map.groupBy(settings, ({ topic }) => topic);
  const present = await topicConfigs(admin, [...byTopic.keys()]);
  await admin.alterConfigs({
    validateOnly: false,
    resources: [...byTopic].map(([{ name }, wanted]) => {
      const kept = (present.get(name) ?? [])
        .filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)
        .map(({ configName, configValue }) => [configName, configValue] as const);
      const values = new Map([...kept, ...wanted.map(({ key, to }) => [key, to] as const)]);
      return {
        type: ConfigResourceTypes.TOPIC,
        name,
        configEntries: [...values].map(([key, value]) => ({ name: key, value })),
      };
    }),
  });
}

async function topicConfigs(admin: Admin, topics: readonly Topic[]): Promise<Map<string, ConfigEntries[]>> {
  if (topics.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
}

/** @param present replicas of the topics that exist */
async function usualReplicas(admin: Admin, present: readonly number[]): Promise<number> {
  if (present.length > 0) return Math.max(...present);
  const { brokers } = await admin.describeCluster();
  return Math.min(PRODUCTION_REPLICAS, brokers.length);
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

function topicConfig(topic: Topic, replicas: number): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    // kafkajs crashes at a batch in any compression but gzip, and its whole group with it: the broker unpacks what others compress.
    'compression.type': 'uncompressed',
    'retention.ms': String(topic.retentionMs),
    'max.message.bytes': String(topic.maxMessageBytes),
    // Three copies of which two must have a record before it counts as accepted; one copy can only promise itself.
    'min.insync.replicas': replicas >= PRODUCTION_REPLICAS ? '2' : '1',
  };
}
