import type { Kafka } from 'kafkajs';
import { createKafka, type KafkaSettings } from './client.ts';
import { ClientSockets } from './sockets.ts';
import {
  decodeTopicIds,
  encodeMetadataRequest,
  METADATA_API_KEY,
  METADATA_VERSION,
} from './topic-metadata.ts';
import { within } from './within.ts';

/** A partition's log as its leader describes it. */
export interface PartitionLog {
  /** The first offset it still holds. */
  readonly start: number;
  /** One past its last offset. */
  readonly end: number;
  /** The topic's id: another one than before, and it is another topic under the same name. Undefined before Kafka 2.8. */
  readonly topicId?: string | undefined;
}

interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

interface MetadataRequest {
  readonly request: object;
  readonly response: {
    readonly decode: (bytes: Buffer) => Promise<TopicIds>;
    readonly parse: (decoded: TopicIds) => Promise<TopicIds>;
  };
}

type TopicIds = ReadonlyMap<string, string>;

/** What we use of kafkajs's own view of the cluster (kafkajs/src/cluster/index.js). */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): { readonly partitionId: number }[];
  fetchTopicsOffset(
    topics: readonly { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
  ): Promise<TopicOffsets[]>;
  readonly brokerPool: { withBroker<T>(ask: (found: { broker: Broker }) => Promise<T>): Promise<T> };
}

interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>>;
  readonly connectionPool: { send(request: MetadataRequest): Promise<TopicIds> };
}

type MakeCluster = (options: { allowAutoTopicCreation: boolean; metadataMaxAge: number }) => Cluster;

const ANSWER_MS = 5_000;
const GOODBYE_MS = 500;

/**
 * Asks where the partitions of these topics begin and end, and for the topics' ids: three requests for any number of them. kafkajs's
 * admin client asks topic by topic and knows no ids, so this goes through the cluster that a client of it is made of.
 * @returns by `topic/partition`
 * @throws when Kafka cannot be reached, does not know one of the topics, or does not answer within 5 s
 */
export async function readLogs(
  settings: KafkaSettings,
  topics: readonly string[],
): Promise<ReadonlyMap<string, PartitionLog>> {
  const sockets = new ClientSockets();
  const cluster = clusterOf(createKafka(settings, { sockets }));
  try {
    return await within(ANSWER_MS, askCluster(cluster, topics));
  } finally {
    await within(GOODBYE_MS, cluster.disconnect()).catch(() => undefined);
    sockets.destroy();
  }
}

async function askCluster(
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, PartitionLog>> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics(topics);
  const offsets = (fromBeginning: boolean): Promise<TopicOffsets[]> =>
    cluster.fetchTopicsOffset(
      topics.map((topic) => ({
        topic,
        fromBeginning,
        partitions: cluster
          .findTopicPartitionMetadata(topic)
          .map(({ partitionId }) => ({ partition: partitionId })),
      })),
    );
  const [ids, starts, ends] = await Promise.all([topicIds(cluster, topics), offsets(true), offsets(false)]);
  const startOf = new Map(flat(starts).map(({ name, offset }) => [name, offset]));
  return new Map(
    flat(ends).map(({ topic, name, offset }) => [
      name,
      { start: startOf.get(name) ?? 0, end: offset, topicId: ids.get(topic) },
    ]),
  );
}

function flat(offsets: readonly TopicOffsets[]): { topic: string; name: string; offset: number }[] {
  return offsets.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({
      topic,
      name: `${topic}/${partition}`,
      offset: Number(offset),
    })),
  );
}

function topicIds(cluster: Cluster, topics: readonly string[]): Promise<TopicIds> {
  return cluster.brokerPool.withBroker(async ({ broker }) => {
    if ((broker.versions[METADATA_API_KEY]?.maxVersion ?? 0) < METADATA_VERSION) return new Map();
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
  });
}

/** kafkajs hides it behind a symbol. @throws Error when this is another kafkajs: then look how to ask there */
function clusterOf(kafka: Kafka): Cluster {
  const hidden = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const make = hidden && (kafka as unknown as Record<symbol, MakeCluster | undefined>)[hidden];
  if (make === undefined) throw new Error('this kafkajs keeps its cluster elsewhere than 2.2.4 does');
  return make({ allowAutoTopicCreation: false, metadataMaxAge: 300_000 });
}
