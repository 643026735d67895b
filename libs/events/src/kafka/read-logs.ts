import { askCluster } from './ask-kafka.ts';
import type { KafkaSettings } from './client.ts';
import { clusterOf, offsetsOf, type Cluster } from './cluster.ts';
import {
  decodeTopicIds,
  encodeMetadataRequest,
  METADATA_API_KEY,
  METADATA_VERSION,
} from './topic-metadata.ts';

/** A partition's log as its leader describes it. */
export interface PartitionLog {
  /** The first offset it still holds. */
  readonly start: number;
  /** One past its last offset. */
  readonly end: number;
  /** The topic's id: another one than before, and it is another topic under the same name. Undefined before Kafka 2.8. */
  readonly topicId?: string | undefined;
}

interface MetadataRequest {
  readonly request: object;
  readonly response: {
    readonly decode: (bytes: Buffer) => Promise<TopicIds>;
    readonly parse: (decoded: TopicIds) => Promise<TopicIds>;
  };
}

type TopicIds = ReadonlyMap<string, string>;

interface MetadataBroker {
  /** Of each API, once connected. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>>;
  readonly connectionPool: { send(request: MetadataRequest): Promise<TopicIds> };
}

/**
 * Asks where the partitions of these topics begin and end, and for the topics' ids: three requests for any number of them. kafkajs's
 * admin client asks topic by topic and knows no ids, so this goes through the cluster that a client of it is made of.
 * @returns by `topic/partition`
 * @throws when Kafka cannot be reached, does not know one of the topics, or does not answer within 5 s
 */
export function readLogs(
  settings: KafkaSettings,
  topics: readonly string[],
): Promise<ReadonlyMap<string, PartitionLog>> {
  return askCluster(settings, clusterOf<MetadataBroker>, (cluster) => logsOf(cluster, topics));
}

/**
 * Asks for the topics' ids alone.
 * @returns by topic, without those that do not exist; empty before Kafka 2.8
 * @throws when Kafka cannot be reached or does not answer within 5 s
 */
export function readTopicIds(
  settings: KafkaSettings,
  topics: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return askCluster(
    settings,
    clusterOf<MetadataBroker>,
    async ({ brokerPool }) => (await idsAt(brokerPool.seedBroker, topics)) ?? new Map<string, string>(),
  );
}

async function logsOf(
  cluster: Cluster<MetadataBroker>,
  topics: readonly string[],
): Promise<ReadonlyMap<string, PartitionLog>> {
  await cluster.addMultipleTargetTopics(topics);
  const [ids, starts, ends] = await Promise.all([
    topicIds(cluster.brokerPool, topics),
    offsetsOf(cluster, topics, 'start'),
    offsetsOf(cluster, topics, 'end'),
  ]);
  return new Map(
    [...ends].map(([name, { topic, offset }]) => [
      name,
      { start: starts.get(name)?.offset ?? 0, end: offset, topicId: ids?.get(topic) },
    ]),
  );
}

/** @returns undefined before Kafka 2.8. @throws where the broker has not heard of a topic yet that another one told of */
async function topicIds(
  brokerPool: Cluster<MetadataBroker>['brokerPool'],
  topics: readonly string[],
): Promise<TopicIds | undefined> {
  const answer = await brokerPool.withBroker(async ({ broker }) => ({ ids: await idsAt(broker, topics) }));
  // kafkajs says so when every broker has failed to answer.
  if (answer === null) throw new Error('no broker answers for the ids of topics');
  const { ids } = answer;
  const unknown = ids && topics.filter((topic) => !ids.has(topic));
  if (unknown?.length) throw new Error(`the broker knows no id of ${unknown.join(', ')} yet`);
  return ids;
}

async function idsAt(broker: MetadataBroker, topics: readonly string[]): Promise<TopicIds | undefined> {
  if ((broker.versions[METADATA_API_KEY]?.maxVersion ?? 0) < METADATA_VERSION) return undefined;
  const body = encodeMetadataRequest(topics);
  return broker.connectionPool.send({
    request: {
      apiKey: METADATA_API_KEY,
      apiName: 'Metadata',
      apiVersion: METADATA_VERSION,
      encode: async () => ({ buf: body, buffer: body, size: () => body.length }),
    },
    response: { decode: async (bytes) => decodeTopicIds(bytes), parse: async (ids) => ids },
  });
}
