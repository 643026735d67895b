import { fetchOnce, type Fetched } from './fetch-once.ts';
import type { Cluster } from './kafkajs-cluster.ts';
import type { LogRecord } from './log-record.ts';
import { isAboutPlace, kafkaAway, PATIENCE_MS, pauseBetweenTries } from './trouble.ts';

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, number>;

export interface ReadOptions {
  readonly topic: string;
  /** Where to begin; only these partitions are read. */
  readonly from: Offsets;
  /** Where to end, exclusive. Without it new records are waited for until `signal` aborts. */
  readonly to?: Offsets;
  readonly signal?: AbortSignal | undefined;
  /** Told of what went wrong and is being tried again, and of records that are gone. */
  readonly onTrouble?: (sentence: string) => void;
}

/** The Kafka that is read. */
export interface Source {
  readonly cluster: Cluster;
  /** For the person who is told that it does not answer. */
  readonly brokers: string;
  /** The first offset that is still there and the next one to be written, by partition. */
  bounds(topic: string): Promise<ReadonlyMap<number, { low: number; high: number }>>;
}

/**
 * The records between two positions, a fetch at a time, each partition in its order. A partition whose leader does not answer, or has
 * moved, is asked for again until it is read, and the others' records come meanwhile.
 * @throws OperationRefused when a read that has an end gets no whole answer for `PATIENCE_MS`
 */
export async function* readPartitions(
  source: Source,
  options: ReadOptions,
): AsyncGenerator<readonly LogRecord[]> {
  const { topic, to, signal, onTrouble = () => undefined } = options;
  const next = new Map(options.from);
  const dropFinished = (): void => {
    for (const [partition, offset] of next)
      if (offset >= (to?.get(partition) ?? Infinity)) next.delete(partition);
  };
  dropFinished();
  let troubleSinceMs: number | undefined;
  while (next.size > 0 && !signal?.aborted) {
    const { records, failures } = await fetchedFrom(source.cluster, topic, next, to);
    dropFinished();
    if (records.length > 0) yield records;
    if (signal?.aborted) return;
    const [failure] = failures;
    if (failure === undefined) {
      troubleSinceMs = undefined;
    } else if (failures.some(({ error }) => isAboutPlace(error))) {
      await skipWhatIsGone(source, topic, next, onTrouble);
    } else {
      if (troubleSinceMs === undefined) {
        troubleSinceMs = Date.now();
        if (to === undefined) onTrouble(silence(topic, next, failures));
      }
      if (to !== undefined && Date.now() - troubleSinceMs > PATIENCE_MS)
        throw kafkaAway(source.brokers, failure.error);
      await pauseBetweenTries(signal);
      await source.cluster.refreshMetadata().catch(() => undefined);
    }
  }
}

/** One fetch; that Kafka cannot even be asked is every partition's failure. */
async function fetchedFrom(
  cluster: Cluster,
  topic: string,
  next: Map<number, number>,
  to: Offsets | undefined,
): Promise<Fetched> {
  try {
    await cluster.addTargetTopic(topic);
    return await fetchOnce(cluster, topic, next, to);
  } catch (error) {
    return { records: [], failures: [{ partitions: [...next.keys()], error }] };
  }
}

function silence(topic: string, next: Offsets, failures: Fetched['failures']): string {
  const silent = failures.flatMap(({ partitions }) => partitions).sort((a, b) => a - b);
  const what = silent.length < next.size ? ` for ${silent.map((each) => `${topic}/${each}`).join(', ')}` : '';
  return `Kafka does not answer${what}; trying until it does`;
}

/** Retention has deleted what was to be read, or the topic was made anew: go on where there is something, and say so. */
async function skipWhatIsGone(
  source: Source,
  topic: string,
  next: Map<number, number>,
  onTrouble: (sentence: string) => void,
): Promise<void> {
  const bounds = await source.bounds(topic);
  for (const [partition, offset] of next) {
    const { low, high } = bounds.get(partition) ?? { low: 0, high: 0 };
    if (offset >= low && offset <= high) continue;
    const resumed = offset < low ? low : high;
    onTrouble(`${topic}/${partition}: offset ${offset} is gone; going on at ${resumed}`);
    next.set(partition, resumed);
  }
}
