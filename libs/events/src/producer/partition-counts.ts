import type { Kafka } from 'kafkajs';

/**
 * How many partitions each topic really has. The topics file may be ahead of the broker, and a key's partition must follow what
 * every other producer sees. Asked once per topic; a growing topic needs a restart, which moving keys calls for anyway.
 */
export class PartitionCounts {
  readonly #kafka: Kafka;
  readonly #counts = new Map<string, number>();
  readonly #asking = new Map<string, Promise<number>>();

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  known(topic: string): number | undefined {
    return this.#counts.get(topic);
  }

  /** @throws when Kafka cannot be reached or the topic does not exist */
  async ask(topic: string): Promise<number> {
    const asking = this.#asking.get(topic) ?? this.#fetch(topic).finally(() => this.#asking.delete(topic));
    this.#asking.set(topic, asking);
    return asking;
  }

  async #fetch(topic: string): Promise<number> {
    const admin = this.#kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const count = topics[0]?.partitions.length ?? 0;
      if (count === 0) throw new Error(`topic ${topic} has no partitions`);
      this.#counts.set(topic, count);
      return count;
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}
