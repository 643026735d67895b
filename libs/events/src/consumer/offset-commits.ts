import type { EachBatchPayload, OffsetsByTopicPartition } from 'kafkajs';

type Commit = (offsets: OffsetsByTopicPartition) => Promise<void>;

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

const INTERVAL_MS = 250;
const RETRY_MS = 1_000;

/**
 * Kafka's committed offsets, kept for lag and tools; the store's position is the truth. So they may trail by a moment: one request
 * carries all partitions, at most four times a second. Uses the batch's own commit function, which works until the member has left
 * (`consumer.commitOffsets` is silently ignored once a stop has begun).
 */
export class OffsetCommits {
  #dirty = new Map<string, Position>();
  #commit: Commit | undefined;
  readonly #commitFirst: ((positions: Position[]) => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  /** Unix ms of the last commit that Kafka acknowledged. */
  lastCommitAtMs: number | undefined;

  /** @param commitFirst commits before there was a batch to commit with */
  constructor(commitFirst?: (positions: Position[]) => Promise<void>) {
    this.#commitFirst = commitFirst;
  }

  /** Notes that everything before `offset` is done. */
  note(payload: EachBatchPayload, offset: number): void {
    const { topic, partition } = payload.batch;
    this.#commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    this.noteStart({ topic, partition, offset });
  }

  /** Notes where the store says the group stands. Kafka may have it otherwise, and nothing may happen there for long. */
  noteStart(position: Position): void {
    this.#dirty.set(`${position.topic}/${position.partition}`, position);
    this.#schedule(INTERVAL_MS);
  }

  /** Commits what is noted, one request after the other. What fails is noted again: an idle partition would show a lag it does not have. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const commit = (this.#underWay?.then(() => this.#commitNoted()) ?? this.#commitNoted()).finally(() => {
      if (this.#underWay === commit) this.#underWay = undefined;
    });
    return (this.#underWay = commit);
  }

  async #commitNoted(): Promise<void> {
    const noted = this.#dirty;
    if (noted.size === 0) return;
    const dirty = (this.#dirty = new Map<string, Position>());
    try {
      if (this.#commit) await this.#commit({ topics: byTopic(noted.values()) });
      else await this.#commitFirst?.([...noted.values()]);
      this.lastCommitAtMs = Date.now();
    } catch {
      // The heartbeat reports a lost membership in its own way; see group-member.ts. What was cleared since is others' now.
      if (this.#dirty !== dirty) return;
      this.#dirty = new Map([...noted, ...dirty]);
      this.#schedule(RETRY_MS);
    }
  }

  /** Forgets what is noted: the partitions have other owners now. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dirty = new Map();
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, ms);
  }
}

function byTopic(positions: Iterable<Position>): OffsetsByTopicPartition['topics'] {
  const topics = new Map<string, { partition: number; offset: string }[]>();
  for (const { topic, partition, offset } of positions) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    partitions.push({ partition, offset: String(offset) });
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}
