import type { EachBatchPayload, OffsetsByTopicPartition } from 'kafkajs';

type Commit = (offsets: OffsetsByTopicPartition) => Promise<void>;

const INTERVAL_MS = 250;

/**
 * Kafka's committed offsets, kept for lag and tools; the store's position is the truth. So they may trail by a moment: one request
 * carries all partitions, at most four times a second. Uses the batch's own commit function, which works until the member has left
 * (`consumer.commitOffsets` is silently ignored once a stop has begun).
 */
export class OffsetCommits {
  readonly #dirty = new Map<string, { topic: string; partition: number; offset: number }>();
  #commit: Commit | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Unix ms of the last commit that Kafka acknowledged. */
  lastCommitAtMs: number | undefined;

  /** Notes that everything before `offset` is done. */
  note(payload: EachBatchPayload, offset: number): void {
    const { topic, partition } = payload.batch;
    this.#commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    this.#dirty.set(`${topic}/${partition}`, { topic, partition, offset });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, INTERVAL_MS);
  }

  /** Commits what is noted. A failure is no loss: the next batch notes a later offset, and a new owner asks the store. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#dirty.size === 0 || this.#commit === undefined) return;
    const byTopic = new Map<string, { partition: number; offset: string }[]>();
    for (const { topic, partition, offset } of this.#dirty.values()) {
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), { partition, offset: String(offset) }]);
    }
    this.#dirty.clear();
    try {
      await this.#commit({ topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })) });
      this.lastCommitAtMs = Date.now();
    } catch {
      // The heartbeat reports a lost membership in its own way; see group-member.ts.
    }
  }

  /** Forgets what is noted: the partitions have other owners now. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dirty.clear();
  }
}
