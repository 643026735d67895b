import { createKafka, type KafkaSettings } from '@orderstream/events';
import type { IHeaders } from 'kafkajs';

/** The part of kafkajs 2.2.4's cluster (kafkajs/src/cluster, broker) that looking and setting back without joining a group needs. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** Partition numbers by the node id of their leader. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
}

interface Broker {
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
  }): Promise<{ responses: { partitions: FetchedPartition[] }[] }>;
  /** Without a member's id and generation it is taken for a group that has no members, and refused for any other. */
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: -1;
    memberId: '';
    topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }): Promise<unknown>;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: readonly FetchedMessage[];
}

export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
  readonly isControlRecord?: boolean;
}

/**
 * A cluster client with a producer's and consumer's settings. kafkajs reads only as a member of a group; a tool that looks at the log
 * should be in no group at all: nothing to join, to commit, to rebalance or to clean up, and no right but READ on the topic. So this
 * takes what kafkajs builds its consumers on. The version is pinned; should another one lack it, this says so and the tests fail.
 */
export function openCluster(settings: KafkaSettings): Cluster {
  const kafka = createKafka(settings);
  const create = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (create === undefined) throw new Error('this version of kafkajs does not let its cluster be used');
  const createCluster = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create];
  return (createCluster as (options: object) => Cluster)({
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    isolationLevel: 1,
  });
}
