import { askCluster } from '../kafka/ask-kafka.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { partitionsOf, tolerantClusterOf } from '../kafka/topic-errors.ts';

/**
 * How many partitions each topic really has. The topics file may be ahead of the broker, and a key's partition must follow what
 * every other producer sees. Asked once per topic; a growing topic needs a restart, which moving keys calls for anyway.
 */
export class PartitionCounts {
  readonly #settings: KafkaSettings;
  readonly #counts = new Map<string, number>();

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
  }

  known(topic: string): number | undefined {
    return this.#counts.get(topic);
  }

  /** The topic is not what it was: deleted, or created anew with other partitions. */
  forget(topic: string): void {
    this.#counts.delete(topic);
  }

  /** Counts the partitions without a leader, too. @throws when Kafka cannot be reached or the topic does not exist */
  async ask(topic: string): Promise<number> {
    const partitions = await askCluster(this.#settings, tolerantClusterOf<unknown>, async (cluster) => {
      await cluster.addMultipleTargetTopics([topic]);
      return partitionsOf(cluster, topic);
    });
    if (partitions instanceof Error) throw partitions;
    if (partitions.length === 0) throw new Error(`topic ${topic} has no partitions`);
    this.#counts.set(topic, partitions.length);
    return partitions.length;
  }
}
