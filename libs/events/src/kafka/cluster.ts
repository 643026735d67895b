import type { Kafka, KafkaMessage } from 'kafkajs';

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

export type FetchedMessage = KafkaMessage & { readonly isControlRecord?: boolean };

/** What a broker answers about one topic. An error code of 0 means none, a leader of -1 none. */
export interface TopicMetadata {
  readonly topicErrorCode: number;
  readonly topic: string;
  readonly partitionMetadata: readonly PartitionMetadata[];
}

export interface PartitionMetadata {
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  readonly leader: number;
}

/** What we use of kafkajs's own view of the cluster (kafkajs/src/cluster/index.js). */
export interface Cluster<B = Broker> {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** When it is older than its maximum age, or lacks a topic. */
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): { readonly partitionId: number }[];
  /** Partition numbers by the node id of their leader. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<B>;
  fetchTopicsOffset(
    topics: readonly { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
  ): Promise<TopicOffsets[]>;
  readonly brokerPool: {
    /** The one that `connect` has reached. */
    readonly seedBroker: B;
    /** The last answer about the target topics; null before the first one. */
    readonly metadata: { readonly topicMetadata: readonly TopicMetadata[] } | null;
    /** Makes each broker of the pool, the seed broker as well. */
    createBroker: (options: unknown) => B;
    /** Any broker that answers; null when none does. */
    withBroker<T>(ask: (found: { broker: B }) => Promise<T>): Promise<T | null>;
  };
}

/** Reading as a client that is in no group. */
export interface Broker {
  fetch(request: {
    replicaId: number;
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: {
      topic: string;
      partitions: { partition: number; fetchOffset: string; maxBytes: number }[];
    }[];
  }): Promise<{
    responses: { partitions: { partition: number; messages: readonly FetchedMessage[] }[] }[];
  }>;
}

type MakeCluster<B> = (options: {
  allowAutoTopicCreation: boolean;
  metadataMaxAge: number;
  isolationLevel: number;
}) => Cluster<B>;

/** kafkajs hides it behind a symbol. @throws Error when this is another kafkajs: then look how to ask there */
export function clusterOf<B = Broker>(kafka: Kafka): Cluster<B> {
  const hidden = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const make = hidden && (kafka as unknown as Record<symbol, MakeCluster<B> | undefined>)[hidden];
  if (make === undefined) throw new Error('this kafkajs keeps its cluster elsewhere than 2.2.4 does');
  return make({ allowAutoTopicCreation: false, metadataMaxAge: 300_000, isolationLevel: 1 });
}

/** Where every partition of these topics begins or ends, in one request to each broker. By `topic/partition`. */
export async function offsetsOf(
  cluster: Pick<Cluster, 'fetchTopicsOffset' | 'findTopicPartitionMetadata'>,
  topics: readonly string[],
  edge: 'start' | 'end',
): Promise<Map<string, { topic: string; partition: number; offset: number }>> {
  const answer = await cluster.fetchTopicsOffset(
    topics.map((topic) => ({
      topic,
      fromBeginning: edge === 'start',
      partitions: cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId }) => ({ partition: partitionId })),
    })),
  );
  return new Map(
    answer.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [
        `${topic}/${partition}`,
        { topic, partition, offset: Number(offset) },
      ]),
    ),
  );
}

/** One fetch from one partition, by a client that is in no group. What lies before `offset` in its batch is left out. */
export async function fetchFrom(
  cluster: Cluster,
  at: { readonly topic: string; readonly partition: number; readonly offset: number },
  maxBytes: number,
): Promise<FetchedMessage[]> {
  const { topic, partition, offset } = at;
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) throw new Error(`no leader is known for ${topic}/${partition}`);
  const broker = await cluster.findBroker({ nodeId });
  const { responses } = await broker.fetch({
    replicaId: -1,
    isolationLevel: 1,
    maxWaitTime: 0,
    minBytes: 0,
    maxBytes,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }],
  });
  return responses
    .flatMap(({ partitions }) => partitions.flatMap(({ messages }) => messages))
    .filter((message) => Number(message.offset) >= offset);
}
