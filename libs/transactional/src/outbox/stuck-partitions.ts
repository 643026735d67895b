import { partitionOf, type OutgoingRecord, type Topic } from '@orderstream/events';

/**
 * The partitions that did not take a record: what is to go there waits, while the others go on. How many partitions a topic has is read
 * from `topics`. Where that is wrong, or says nothing, more waits than has to; a key is with the same ones all the same, and keeps its order.
 */
export class StuckPartitions {
  readonly #counts: ReadonlyMap<string, number>;
  readonly #names = new Set<string>();

  constructor(topics: readonly Topic[]) {
    this.#counts = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  get names(): readonly string[] {
    return [...this.#names];
  }

  has(record: OutgoingRecord): boolean {
    return !this.isEmpty && this.#names.has(this.nameOf(record));
  }

  add(record: OutgoingRecord): void {
    this.#names.add(this.nameOf(record));
  }

  release(names: Iterable<string>): void {
    for (const name of names) this.#names.delete(name);
  }

  nameOf({ topic, key }: OutgoingRecord): string {
    return `${topic}/${partitionOf(key ?? '', this.#counts.get(topic) ?? 1)}`;
  }
}
