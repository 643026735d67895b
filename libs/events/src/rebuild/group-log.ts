import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { newConsumer } from '../consumer/new-consumer.ts';
import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import { readLogs, type PartitionLog } from '../kafka/read-logs.ts';
import { ClientSockets } from '../kafka/sockets.ts';

/** Records of one partition, in its order; the next ones of it come when the promise resolves. */
export type OnRecords = (topic: string, partition: number, records: readonly KafkaMessage[]) => Promise<void>;

export interface GroupLogOptions {
  readonly kafka: KafkaSettings;
  /** The Kafka group it reads in. It commits nothing, and the group is gone when it has closed. */
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly onRecords: OnRecords;
  /** Partitions read side by side. */
  readonly concurrency: number;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  next: number;
  target: number;
}

const CHUNK = 500;

/**
 * Reads whole logs from their beginning, each partition exactly as far as it is told to and not one record further: `readTo` says how
 * far, again and again. What comes behind that point is fetched again when it is wanted.
 */
export class GroupLog {
  readonly #options: GroupLogOptions;
  readonly #sockets = new ClientSockets();
  readonly #consumer: Consumer;
  readonly #places = new Map<string, Place>();
  #check: () => void = () => undefined;
  #failure: { readonly error: Error } | undefined;

  constructor(options: GroupLogOptions) {
    this.#options = options;
    this.#consumer = newConsumer(options.kafka, options.groupId, this.#sockets);
  }

  /** Where the partitions begin and end now, by `topic/partition`. @throws when Kafka does not answer within 5 s */
  bounds(): Promise<ReadonlyMap<string, PartitionLog>> {
    return readLogs(this.#options.kafka, this.#options.topics);
  }

  /** How many members the group has: somebody else's, before `start`. */
  async members(): Promise<number> {
    return this.#asAdmin(async (admin) => {
      const { groups } = await admin.describeGroups([this.#options.groupId]);
      return groups[0]?.members.length ?? 0;
    });
  }

  /** Joins the group, and stands at the beginnings. @returns the bounds they were taken from */
  async start(): Promise<ReadonlyMap<string, PartitionLog>> {
    const bounds = await this.bounds();
    for (const [name, { start }] of bounds) {
      const at = name.lastIndexOf('/');
      const partition = Number(name.slice(at + 1));
      this.#places.set(name, { topic: name.slice(0, at), partition, next: start, target: start });
    }
    const { GROUP_JOIN, CRASH } = this.#consumer.events;
    // Nothing is committed: without this a rebalance would begin again at the beginning.
    this.#consumer.on(GROUP_JOIN, () => this.#seekAll());
    this.#consumer.on(CRASH, ({ payload }) => this.#fail(payload.error));
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.concurrency,
      eachBatch: (payload) => this.#take(payload),
    });
    return bounds;
  }

  /** The next record that has not been handed on yet. */
  nextOf(topic: string, partition: number): number {
    return this.#places.get(`${topic}/${partition}`)?.next ?? 0;
  }

  /**
   * Hands on what lies before these offsets (by `topic/partition`) and was not handed on yet. Resolves when that is done.
   * @throws what `onRecords` threw, what broke the connection, or the reason of `signal`
   */
  async readTo(targets: ReadonlyMap<string, number>, signal: AbortSignal): Promise<void> {
    for (const [name, target] of targets) {
      const place = this.#places.get(name);
      if (place === undefined) throw new Error(`${name} was not there when the reading began`);
      if (target <= place.target) continue;
      place.target = target;
      this.#consumer.resume([{ topic: place.topic, partitions: [place.partition] }]);
    }
    await new Promise<void>((resolve, reject) => {
      const stopped = (): void => reject(signal.reason as Error);
      this.#check = () => {
        if (
          this.#failure === undefined &&
          [...this.#places.values()].some(({ next, target }) => next < target)
        )
          return;
        signal.removeEventListener('abort', stopped);
        if (this.#failure === undefined) resolve();
        else reject(this.#failure.error);
      };
      if (signal.aborted) return stopped();
      signal.addEventListener('abort', stopped, { once: true });
      this.#check();
    });
  }

  /** Leaves the group and removes it. */
  async close(): Promise<void> {
    await this.#consumer.disconnect().catch(() => undefined);
    // Gone by itself, too, some time later: nothing was ever committed in it.
    await this.#asAdmin((admin) => admin.deleteGroups([this.#options.groupId])).catch(() => undefined);
    this.#sockets.destroy();
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const place = this.#places.get(`${batch.topic}/${batch.partition}`);
    if (place === undefined || this.#failure !== undefined) return void payload.pause();
    // Meanwhile it may be told to go further: that is for the next batch.
    const { target } = place;
    const wanted = batch.messages.filter(({ offset }) => isBetween(Number(offset), place.next, target));
    let lost: { readonly error: unknown } | undefined;
    try {
      await this.#requireNoGap(place, batch.firstOffset());
      for (let at = 0; at < wanted.length && payload.isRunning() && lost === undefined; at += CHUNK) {
        const chunk = wanted.slice(at, at + CHUNK);
        await this.#options.onRecords(batch.topic, batch.partition, chunk);
        place.next = Number(chunk.at(-1)?.offset) + 1;
        payload.resolveOffset(String(place.next - 1));
        await payload.heartbeat().catch((error: unknown) => (lost = { error }));
      }
    } catch (error) {
      return this.#fail(error);
    }
    // Offsets that hold no record for us, before the target: there is nothing to wait for.
    if (payload.isRunning() && lost === undefined)
      place.next = Math.max(place.next, Math.min(target, Number(batch.lastOffset()) + 1));
    if (place.next >= place.target) payload.pause();
    this.#check();
    // A chunk may take longer than the group waits for a member. kafkajs joins again, and reads on from `next`.
    if (lost !== undefined) throw lost.error;
  }

  /** kafkajs goes to the log's beginning by itself when retention has deleted what it wants: nobody would notice what is missing. */
  async #requireNoGap({ topic, partition, next }: Place, first: string | null): Promise<void> {
    if (first === null || Number(first) <= next) return;
    const start = (await this.bounds()).get(`${topic}/${partition}`)?.start ?? 0;
    if (start > next)
      throw new Error(`retention deleted ${topic}/${partition} from ${next} to ${start} before it was read`);
  }

  #seekAll(): void {
    for (const { topic, partition, next } of this.#places.values()) {
      this.#consumer.seek({ topic, partition, offset: String(next) });
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error: error instanceof Error ? error : new Error(String(error)) };
    this.#check();
  }

  async #asAdmin<T>(
    ask: (admin: ReturnType<ReturnType<typeof createKafka>['admin']>) => Promise<T>,
  ): Promise<T> {
    const admin = createKafka(this.#options.kafka).admin();
    await admin.connect();
    try {
      return await ask(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

function isBetween(offset: number, from: number, to: number): boolean {
  return offset >= from && offset < to;
}
