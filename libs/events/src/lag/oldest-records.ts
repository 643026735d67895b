import { fetchFrom, type Cluster } from '../kafka/cluster.ts';

interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** So many partitions are asked for side by side. */
const SIDE_BY_SIDE = 6;
/** A broker sends one batch whole, however small this is (KIP-74): more than that one is not wanted. */
const LEAST_BYTES = 1;

/**
 * When records were written. What is known stays known while it is asked for: a group that stands still costs one fetch, and five groups
 * at the same record cost one together.
 */
export class OldestRecords {
  readonly #cluster: Cluster;
  #known = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Unix ms by `topic/partition/offset`; a record that is gone, or cannot be read at the moment, is left out. */
  async writtenAt(places: readonly RecordPlace[]): Promise<ReadonlyMap<string, number>> {
    const wanted = new Map(
      places.map((place) => [`${place.topic}/${place.partition}/${place.offset}`, place]),
    );
    const found = new Map<string, number>();
    const missing: [string, RecordPlace][] = [];
    for (const [key, place] of wanted) {
      const known = this.#known.get(key);
      if (known === undefined) missing.push([key, place]);
      else found.set(key, known);
    }
    const ask = async (): Promise<void> => {
      for (let next = missing.pop(); next !== undefined; next = missing.pop()) {
        const [key, place] = next;
        const atMs = await this.#fetch(place).catch(() => undefined);
        if (atMs !== undefined) found.set(key, atMs);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, ask));
    this.#known = found;
    return found;
  }

  async #fetch(place: RecordPlace): Promise<number | undefined> {
    const [record] = await fetchFrom(this.#cluster, place, LEAST_BYTES);
    return record && Number(record.timestamp);
  }
}
