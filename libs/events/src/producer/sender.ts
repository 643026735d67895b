import type { Message } from 'kafkajs';
import type { KafkaSettings } from '../kafka/client.ts';
import { silentLog, type LogSink } from '../kafka/log.ts';
import type { SendAttempt } from './lane.ts';
import { RECORD_OVERHEAD_BYTES } from './message.ts';
import { ProducerConnection, type ProducerLink } from './producer-connection.ts';
import { fateOf, isBeyondTheConnection } from './send-failure.ts';

/** So long after the last attempt nobody is waiting: whether Kafka is back has to be asked. */
const IDLE_MS = 2_000;

/** Makes the requests of one EventProducer and remembers since when none has worked. */
export class Sender {
  readonly #connection: ProducerConnection;
  readonly #answerMs: number;
  readonly #log: LogSink;
  #isProbing = false;
  #lastAttemptAtMs = 0;
  /** Since when no attempt has succeeded, Unix ms; undefined while all is well. */
  failingSinceMs: number | undefined;
  lastAckAtMs: number | undefined;

  constructor(settings: KafkaSettings, answerMs: number) {
    this.#connection = new ProducerConnection(settings, answerMs);
    this.#answerMs = answerMs;
    this.#log = settings.log ?? silentLog;
  }

  /** @throws when Kafka is away */
  async connect(): Promise<void> {
    await this.#connection.get();
  }

  /** Resolves once a request can be made, or with the error that stands against it. Nothing has left meanwhile. Never rejects. */
  async ready(): Promise<unknown> {
    this.#lastAttemptAtMs = Date.now();
    try {
      await this.#connection.get();
      return undefined;
    } catch (error) {
      this.failed(error);
      return error;
    }
  }

  /** One produce request. Never rejects. */
  async attempt(topic: string, partition: number, messages: Message[], bytes: number): Promise<SendAttempt> {
    let link: ProducerLink | undefined;
    let writtenBefore = Infinity;
    try {
      link = await this.#connection.get();
      const leader = await link.client.leaderOf(topic, partition);
      writtenBefore = link.sockets.bytesHanded;
      const baseOffset = await leader.append(messages, this.#answerMs);
      this.#works();
      this.lastAckAtMs = Date.now();
      return { ok: true, baseOffset };
    } catch (error) {
      // Asking who leads the partition hands bytes to the sockets, too.
      const written = (link?.sockets.bytesHanded ?? 0) - writtenBefore;
      const fate = fateOf(error, written >= bytes - messages.length * RECORD_OVERHEAD_BYTES);
      if (fate === 'refused') return { ok: false, fate, error };
      this.failed(error);
      if (link !== undefined && !isBeyondTheConnection(error)) this.#connection.replace(link);
      return { ok: false, fate, error };
    } finally {
      this.#lastAttemptAtMs = Date.now();
    }
  }

  failed(error: unknown): void {
    if (this.failingSinceMs !== undefined) return;
    this.failingSinceMs = Date.now();
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#log({ level: 'warn', message: 'records cannot be sent, trying again', detail: { reason } });
  }

  #works(): void {
    if (this.failingSinceMs === undefined) return;
    const failedForMs = Date.now() - this.failingSinceMs;
    this.failingSinceMs = undefined;
    this.#log({ level: 'info', message: 'Kafka takes records again', detail: { failedForMs } });
  }

  /** Finds out whether Kafka is back when no sender does: one that is not ready is sent nothing, and would never know. */
  probe(nowMs: number): void {
    if (this.failingSinceMs === undefined || this.#isProbing || nowMs - this.#lastAttemptAtMs < IDLE_MS)
      return;
    this.#isProbing = true;
    this.#lastAttemptAtMs = nowMs;
    this.#connection
      .get()
      .then(
        () => this.#works(),
        () => undefined,
      )
      .finally(() => (this.#isProbing = false));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
