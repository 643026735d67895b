import kafkajs, { type Kafka, type Message } from 'kafkajs';
import type { Cluster } from '../kafka/cluster.ts';
import { leaderOf, partitionsOf, tolerantClusterOf } from '../kafka/topic-errors.ts';
import { PartitionMissingError } from './send-failure.ts';

// Node's reading of the CommonJS package finds only its first few names.
const { KafkaJSProtocolError } = kafkajs;

/** What we use of kafkajs's own view of a broker (kafkajs/src/broker/index.js). */
interface ProducingBroker {
  produce(request: {
    acks: number;
    timeout: number;
    topicData: { topic: string; partitions: { partition: number; messages: readonly Message[] }[] }[];
  }): Promise<{ topics: { partitions: { baseOffset: string }[] }[] }>;
}

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Message[];
  readonly answerMs: number;
}

export interface PartitionLeader {
  /**
   * Appends records, with `acks=all`.
   * @param answerMs how long the brokers may take to copy them to all replicas in sync
   * @returns the offset of the first one
   * @throws PartitionMissingError when the broker knows of no such partition
   * @throws KafkaJSProtocolError what the broker answers
   */
  append(messages: readonly Message[], answerMs: number): Promise<number>;
}

/**
 * Makes produce requests, each of one partition, once: kafkajs's producer copies, for each record of a request, those before it, and hides
 * what happened to a request behind its own attempt to connect again (ADR 8).
 */
export class ProduceClient {
  readonly #cluster: Cluster<ProducingBroker>;
  readonly #topics = new Set<string>();
  #isStale = false;

  constructor(kafka: Kafka) {
    this.#cluster = tolerantClusterOf(kafka);
  }

  /** @throws when Kafka is away */
  connect(): Promise<void> {
    return this.#cluster.connect();
  }

  /** Waits for the answers to what is under way. */
  disconnect(): Promise<void> {
    return this.#cluster.disconnect();
  }

  /**
   * Finds the broker that leads a partition. Nothing of a record has left meanwhile. What is wrong with other topics and partitions is of no account.
   * @throws PartitionMissingError when the brokers know of no such partition
   * @throws KafkaJSProtocolError when it has no leader, or the brokers do not know the topic or show it to us; the next call asks again
   */
  async leaderOf(topic: string, partition: number): Promise<PartitionLeader> {
    const broker = await this.#findLeader(topic, partition);
    return { append: (messages, answerMs) => this.#append(broker, { topic, partition, messages, answerMs }) };
  }

  async #findLeader(topic: string, partition: number): Promise<ProducingBroker> {
    if (!this.#topics.has(topic)) {
      await this.#cluster.addMultipleTargetTopics([topic]);
      this.#topics.add(topic);
    }
    if (this.#isStale || this.#lookUp(topic, partition) instanceof Error) await this.#refresh();
    // Grown old, but nothing speaks against it: no record waits for a broker that may be slow to answer.
    else void this.#cluster.refreshMetadataIfNecessary().catch(() => undefined);
    const nodeId = this.#lookUp(topic, partition);
    if (nodeId instanceof Error) throw nodeId;
    return this.#cluster.findBroker({ nodeId });
  }

  /** The node id of the leader, by the last answer; or what stands against the partition there. */
  #lookUp(topic: string, partition: number): string | Error {
    const partitions = partitionsOf(this.#cluster, topic);
    if (partitions instanceof Error) return partitions;
    const found = partitions.find(({ partitionId }) => partitionId === partition);
    return found ? leaderOf(found) : new PartitionMissingError(topic, partition);
  }

  async #refresh(): Promise<void> {
    await this.#cluster.refreshMetadata();
    this.#isStale = false;
  }

  async #append(broker: ProducingBroker, batch: Batch): Promise<number> {
    const { topic, partition, messages, answerMs } = batch;
    try {
      const { topics } = await broker.produce({
        acks: -1,
        timeout: answerMs,
        topicData: [{ topic, partitions: [{ partition, messages }] }],
      });
      const baseOffset = topics[0]?.partitions[0]?.baseOffset;
      if (baseOffset === undefined) throw new PartitionMissingError(topic, partition);
      return Number(baseOffset);
    } catch (error) {
      // The leader may be another one by now: the next attempt is to find it.
      if (error instanceof KafkaJSProtocolError && error.retriable) this.#isStale = true;
      throw error;
    }
  }
}
