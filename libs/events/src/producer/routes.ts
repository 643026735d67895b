import type { OutgoingRecord } from '../event.ts';
import type { PartitionLane, Waiting } from './lane.ts';
import { partitionOf } from './murmur2.ts';
import type { PartitionCounts } from './partition-counts.ts';
import { notInTime } from './send-failure.ts';

export interface RoutesOptions {
  readonly counts: PartitionCounts;
  readonly newLane: (topic: string, partition: number) => PartitionLane;
  readonly onFailure: (topic: string, error: unknown) => void;
}

/** Records of a topic whose partitions are not known yet, in the order they came. */
interface Unrouted {
  queue: { readonly record: OutgoingRecord; readonly waiting: Waiting }[];
  error: unknown;
}

const RETRY_MS = 250;

/** Finds the lane of each record. Records of a topic that is still asked about wait, and enter their lanes in the order they came. */
export class Routes {
  readonly #options: RoutesOptions;
  readonly #lanes = new Map<string, PartitionLane[]>();
  readonly #unrouted = new Map<string, Unrouted>();

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  route(record: OutgoingRecord, waiting: Waiting): void {
    const unrouted = this.#unrouted.get(record.topic);
    if (unrouted !== undefined) {
      unrouted.queue.push({ record, waiting });
      return;
    }
    const partitions = this.#options.counts.known(record.topic);
    if (partitions !== undefined) return this.#lane(record, partitions).enqueue(waiting);
    this.#unrouted.set(record.topic, { queue: [{ record, waiting }], error: undefined });
    void this.#learn(record.topic);
  }

  /** Settles what waited past its deadline. */
  expire(nowMs: number): void {
    for (const lanes of this.#lanes.values()) for (const lane of lanes) lane?.expire(nowMs);
    for (const [topic, { queue, error }] of this.#unrouted) {
      for (const { waiting } of queue) {
        if (waiting.deadlineMs > nowMs) break;
        waiting.settle(notInTime(topic, error));
      }
    }
  }

  /** Asks for the topic's partitions until the last of those who wait for it has given up. */
  async #learn(topic: string): Promise<void> {
    const unrouted = this.#unrouted.get(topic) as Unrouted;
    for (;;) {
      const partitions = await this.#options.counts.ask(topic).catch((error: unknown) => {
        unrouted.error = error;
        this.#options.onFailure(topic, error);
      });
      unrouted.queue = unrouted.queue.filter(({ waiting }) => !waiting.settled);
      if (typeof partitions === 'number' || unrouted.queue.length === 0) {
        this.#unrouted.delete(topic);
        if (typeof partitions !== 'number') return;
        for (const { record, waiting } of unrouted.queue) this.#lane(record, partitions).enqueue(waiting);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #lane({ topic, partition: given, key }: OutgoingRecord, partitions: number): PartitionLane {
    const partition =
      given ?? (key === null ? Math.floor(Math.random() * partitions) : partitionOf(key, partitions));
    let lanes = this.#lanes.get(topic);
    if (lanes === undefined) this.#lanes.set(topic, (lanes = []));
    return (lanes[partition] ??= this.#options.newLane(topic, partition));
  }
}
