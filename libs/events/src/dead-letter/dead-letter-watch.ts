import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import { clusterOf, fetchFrom, offsetsOf, type Cluster } from '../kafka/cluster.ts';
import { ClientSockets } from '../kafka/sockets.ts';
import { within } from '../kafka/within.ts';
import { deadLetterTopic, sourceTopics, type ConsumerGroup } from '../topics.ts';
import { LetterCensus, type LetterCount } from './letter-census.ts';

/** Open dead letters of one group and topic, by reason. */
export interface GroupLetters extends LetterCount {
  readonly group: string;
  readonly topic: string;
}

interface Shelf {
  readonly group: ConsumerGroup;
  readonly topic: string;
  readonly name: string;
  readonly census: LetterCensus;
  /** Where the next reading begins, by partition. */
  readonly next: Map<number, number>;
  /** Where the log began at the last turn, by partition. */
  readonly starts: Map<number, number>;
  /** Since when the brokers answer with nothing where something should be, Unix ms by partition. */
  readonly emptySince: Map<number, number>;
}

interface LogBounds {
  readonly start: number;
  readonly end: number;
}

const ANSWER_MS = 10_000;
const GOODBYE_MS = 500;
const FETCH_BYTES = 1024 * 1024;
/** A broker also answers with nothing when a quota is used up, which counts the last ten seconds. */
const EMPTY_MS = 60_000;
/** Fetches of one turn: a long log is read bit by bit, so that whoever watches can do other things in between. */
const FETCHES_PER_TURN = 50;

/** A group and a topic whose records it may give up. */
interface Watched {
  readonly group: ConsumerGroup;
  readonly topic: string;
}

const everyGroup: readonly Watched[] = sourceTopics.flatMap(({ name: topic, groups }) =>
  groups.map((group) => ({ group, topic })),
);

/**
 * Keeps count of the open dead letters of groups by reading their topics from the beginning and then on. It is in no group, and writes
 * nothing. One caller at a time.
 */
export class DeadLetterWatch {
  readonly #settings: KafkaSettings;
  readonly #shelves: readonly Shelf[];
  #connection: { readonly cluster: Cluster; readonly sockets: ClientSockets } | undefined;

  /** Connects when it is first asked. */
  constructor(settings: KafkaSettings, watched: readonly Watched[] = everyGroup) {
    this.#settings = settings;
    this.#shelves = watched.map(({ group, topic }) => ({
      ...{ group, topic, name: deadLetterTopic(topic, group) },
      census: new LetterCensus(),
      next: new Map(),
      starts: new Map(),
      emptySince: new Map(),
    }));
  }

  /**
   * Reads on. @returns undefined when the end is not reached yet: call again
   * @throws when Kafka cannot be reached, refuses, lacks a dead-letter topic, or does not answer within 10 s. What was read stays read: the
   * next call goes on there, over a new connection
   */
  async turn(): Promise<GroupLetters[] | undefined> {
    try {
      return (await this.#readToEnd(await this.#connected())) ? this.#counts() : undefined;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#connection === undefined) return;
    const { cluster, sockets } = this.#connection;
    this.#connection = undefined;
    await within(GOODBYE_MS, cluster.disconnect()).catch(() => undefined);
    sockets.destroy();
  }

  async #connected(): Promise<Cluster> {
    if (this.#connection === undefined) {
      const sockets = new ClientSockets();
      this.#connection = { cluster: clusterOf(createKafka(this.#settings, { sockets })), sockets };
      await within(ANSWER_MS, this.#connection.cluster.connect());
    }
    return this.#connection.cluster;
  }

  /** @returns whether it got there */
  async #readToEnd(cluster: Cluster): Promise<boolean> {
    const names = this.#shelves.map(({ name }) => name);
    await within(ANSWER_MS, cluster.addMultipleTargetTopics(names));
    const [starts, ends] = await within(
      ANSWER_MS,
      Promise.all([offsetsOf(cluster, names, 'start'), offsetsOf(cluster, names, 'end')]),
    );
    let fetches = FETCHES_PER_TURN;
    for (const shelf of this.#shelves) {
      for (const { topic, partition, offset: end } of ends.values()) {
        if (topic !== shelf.name) continue;
        const start = starts.get(`${topic}/${partition}`)?.offset ?? 0;
        forgetWhatIsGone(shelf, partition, { start, end });
        while (Math.max(shelf.next.get(partition) ?? 0, start) < end) {
          if ((fetches -= 1) < 0) return false;
          const isRead = await within(ANSWER_MS, this.#readOn(cluster, shelf, partition, { start, end }));
          if (!isRead) return false;
        }
      }
    }
    return true;
  }

  #counts(): GroupLetters[] {
    return this.#shelves.flatMap(({ group, topic, census }) =>
      census.counts().map((count) => ({ group, topic, ...count })),
    );
  }

  /** @returns whether anything came of it */
  async #readOn(cluster: Cluster, shelf: Shelf, partition: number, log: LogBounds): Promise<boolean> {
    const { name, census, next, emptySince } = shelf;
    const offset = Math.max(next.get(partition) ?? 0, log.start);
    const messages = await fetchFrom(cluster, { topic: name, partition, offset }, FETCH_BYTES);
    for (const message of messages) if (message.isControlRecord !== true) census.note(message);
    const last = messages.at(-1);
    if (last !== undefined) {
      emptySince.delete(partition);
      next.set(partition, Number(last.offset) + 1);
      return true;
    }
    const sinceMs = emptySince.get(partition) ?? Date.now();
    emptySince.set(partition, sinceMs);
    if (Date.now() - sinceMs < EMPTY_MS) return false;
    // Where something should be there is nothing, for good: batches whose records are gone, up to the end.
    emptySince.delete(partition);
    next.set(partition, log.end);
    return true;
  }
}

function forgetWhatIsGone(
  { census, next, starts }: Shelf,
  partition: number,
  { start, end }: LogBounds,
): void {
  // It ends before what was read: the topic was deleted and made anew.
  if (end < (next.get(partition) ?? 0)) {
    census.forgetBefore(partition, Infinity);
    next.delete(partition);
  } else if (start > (starts.get(partition) ?? 0)) census.forgetBefore(partition, start);
  starts.set(partition, start);
}
