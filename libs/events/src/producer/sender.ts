import type { Message } from 'kafkajs';
import type { KafkaSettings } from '../kafka/client.ts';
import { silentLog } from '../kafka/log.ts';
import type { LeaderSearch, SendAttempt } from './lane.ts';
import { RECORD_OVERHEAD_BYTES } from './message.ts';
import type { PartitionLeader } from './produce-client.ts';
import { ProducerConnection, type ProducerLink } from './producer-connection.ts';
import { fateOf, isAboutTheTopic, isBeyondTheConnection } from './send-failure.ts';
import { SendHealth, type Destination } from './send-health.ts';

/** So long after the last attempt nobody is waiting: whether Kafka is back has to be asked. */
const IDLE_MS = 2_000;

interface Reached {
  readonly link: ProducerLink;
  readonly leader: PartitionLeader;
  readonly at: Required<Destination>;
}

/** Makes the requests of one EventProducer and keeps book of how they fare. */
export class Sender {
  readonly #connection: ProducerConnection;
  readonly #answerMs: number;
  readonly #onTopicChanged: (topic: string) => void;
  #isProbing = false;
  #lastAttemptAtMs = 0;
  readonly health: SendHealth;

  /**
   * @param answerMs how long the answer to a request may take
   * @param onTopicChanged called when a topic is not, or no longer, what the producer takes it for
   */
  constructor(settings: KafkaSettings, answerMs: number, onTopicChanged: (topic: string) => void) {
    this.#connection = new ProducerConnection(settings, answerMs);
    this.#answerMs = answerMs;
    this.#onTopicChanged = onTopicChanged;
    this.health = new SendHealth(settings.log ?? silentLog);
  }

  /** @throws when Kafka is away */
  async connect(): Promise<void> {
    await this.#connection.get();
  }

  /** Finds the broker that takes a partition's records. Nothing of them leaves meanwhile. Never rejects. */
  async findLeader(topic: string, partition: number): Promise<LeaderSearch> {
    this.#lastAttemptAtMs = Date.now();
    const at = { topic, partition };
    let link: ProducerLink | undefined;
    try {
      link = await this.#connection.get();
      const reached = { link, leader: await link.client.leaderOf(topic, partition), at };
      return { ok: true, attempt: (messages, bytes) => this.#attempt(reached, messages, bytes) };
    } catch (error) {
      if (link === undefined) this.health.away(error);
      else this.#failed(at, error, link);
      return { ok: false, error };
    }
  }

  /** One produce request. Never rejects. */
  async #attempt({ link, leader, at }: Reached, messages: Message[], bytes: number): Promise<SendAttempt> {
    const writtenBefore = link.sockets.bytesHanded;
    try {
      const baseOffset = await leader.append(messages, this.#answerMs);
      this.health.acknowledged(at);
      return { ok: true, baseOffset };
    } catch (error) {
      const written = link.sockets.bytesHanded - writtenBefore;
      const fate = fateOf(error, written >= bytes - messages.length * RECORD_OVERHEAD_BYTES);
      if (fate !== 'refused') this.#failed(at, error, link);
      return { ok: false, fate, error };
    } finally {
      this.#lastAttemptAtMs = Date.now();
    }
  }

  /** A topic's partitions could not be asked for. */
  couldNotAsk(topic: string, error: unknown): void {
    this.#lastAttemptAtMs = Date.now();
    this.health.failed({ topic }, error);
  }

  #failed(at: Destination, error: unknown, link: ProducerLink): void {
    this.health.failed(at, error);
    if (isAboutTheTopic(error)) this.#onTopicChanged(at.topic);
    if (!isBeyondTheConnection(error)) this.#connection.replace(link);
  }

  /** Finds out whether Kafka is back when no sender does: one that is not ready is sent nothing, and would never know. */
  probe(nowMs: number): void {
    const isFailing = this.health.failingSinceMs !== undefined;
    if (!isFailing || this.#isProbing || nowMs - this.#lastAttemptAtMs < IDLE_MS) return;
    this.#isProbing = true;
    this.#lastAttemptAtMs = nowMs;
    this.#connection
      .get()
      .then(
        () => this.health.reached(),
        () => undefined,
      )
      .finally(() => (this.#isProbing = false));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
