import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import { clusterOf, fetchFrom, offsetsOf, type Cluster } from '../kafka/cluster.ts';
import { ClientSockets } from '../kafka/sockets.ts';
import { within } from '../kafka/within.ts';
import { deadLetterTopic, sourceTopics } from '../topics.ts';
import { LetterCensus, type LetterCount } from './letter-census.ts';

/** Open dead letters of one group and topic, by reason. */
export interface GroupLetters extends LetterCount {
  readonly group: string;
  readonly topic: string;
}

interface Shelf {
  readonly group: string;
  readonly topic: string;
  readonly name: string;
  readonly census: LetterCensus;
  /** Where the next reading begins, by partition. */
  readonly next: Map<number, number>;
  /** Where the log began at the last turn, by partition. */
  readonly starts: Map<number, number>;
}

const ANSWER_MS = 10_000;
const GOODBYE_MS = 500;
const FETCH_BYTES = 1024 * 1024;
/** Fetches of one turn: a long log is read bit by bit, so that whoever watches can do other things in between. */
const FETCHES_PER_TURN = 50;

/**
 * Keeps count of the open dead letters of all groups by reading their topics from the beginning and then on. It is in no group, and
 * writes nothing. One caller at a time.
 */
export class DeadLetterWatch {
  readonly #sockets = new ClientSockets();
  readonly #cluster: Cluster;
  readonly #shelves: readonly Shelf[] = sourceTopics.flatMap(({ name: topic, groups }) =>
    groups.map((group) => ({
      group,
      topic,
      name: deadLetterTopic(topic, group),
      census: new LetterCensus(),
      next: new Map(),
      starts: new Map(),
    })),
  );

  private constructor(settings: KafkaSettings) {
    this.#cluster = clusterOf(createKafka(settings, { sockets: this.#sockets }));
  }

  /** @throws when Kafka cannot be reached */
  static async open(settings: KafkaSettings): Promise<DeadLetterWatch> {
    const watch = new DeadLetterWatch(settings);
    try {
      await within(ANSWER_MS, watch.#cluster.connect());
      return watch;
    } catch (error) {
      await watch.close();
      throw error;
    }
  }

  /**
   * Reads on. @returns undefined when the end is not reached yet: call again
   * @throws when Kafka refuses, lacks a dead-letter topic, or does not answer within 10 s; what was read stays read
   */
  async turn(): Promise<GroupLetters[] | undefined> {
    const names = this.#shelves.map(({ name }) => name);
    await within(ANSWER_MS, this.#cluster.addMultipleTargetTopics(names));
    const [starts, ends] = await within(
      ANSWER_MS,
      Promise.all([offsetsOf(this.#cluster, names, 'start'), offsetsOf(this.#cluster, names, 'end')]),
    );
    let fetches = FETCHES_PER_TURN;
    for (const shelf of this.#shelves) {
      for (const { topic, partition, offset: end } of ends.values()) {
        if (topic !== shelf.name) continue;
        const start = starts.get(`${topic}/${partition}`)?.offset ?? 0;
        if (start > (shelf.starts.get(partition) ?? 0)) shelf.census.forgetBefore(partition, start);
        shelf.starts.set(partition, start);
        while (Math.max(shelf.next.get(partition) ?? 0, start) < end) {
          if ((fetches -= 1) < 0) return undefined;
          await within(ANSWER_MS, this.#readOn(shelf, partition, { start, end }));
        }
      }
    }
    return this.#shelves.flatMap(({ group, topic, census }) =>
      census.counts().map((count) => ({ group, topic, ...count })),
    );
  }

  async close(): Promise<void> {
    await within(GOODBYE_MS, this.#cluster.disconnect()).catch(() => undefined);
    this.#sockets.destroy();
  }

  async #readOn(shelf: Shelf, partition: number, log: { start: number; end: number }): Promise<void> {
    const offset = Math.max(shelf.next.get(partition) ?? 0, log.start);
    const messages = await fetchFrom(this.#cluster, { topic: shelf.name, partition, offset }, FETCH_BYTES);
    for (const message of messages) if (message.isControlRecord !== true) shelf.census.note(message);
    // Nothing at all where something should be: only marks of transactions are left up to the end.
    const last = messages.at(-1);
    shelf.next.set(partition, last === undefined ? log.end : Number(last.offset) + 1);
  }
}
