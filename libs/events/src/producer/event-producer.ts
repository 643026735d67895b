import type { Message, Producer } from 'kafkajs';
import type { OutgoingRecord } from '../event.ts';
import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import { silentLog, type LogSink } from '../kafka/log.ts';
import { CountedSockets } from '../kafka/sockets.ts';
import { NotAcceptedError, OutcomeUnknownError, QueueFullError } from './errors.ts';
import { PartitionLane, type RecordPosition, type SendAttempt, type Waiting } from './lane.ts';
import { partitionOf } from './murmur2.ts';
import { PartitionCounts } from './partition-counts.ts';
import { ProducerConnection } from './producer-connection.ts';
import { fateOf, protocolErrorType } from './send-failure.ts';

export interface ProducerOptions {
  /** How long a sender waits for its acknowledgement, ms. Default 5,000. */
  readonly sendTimeoutMs?: number;
  /** How many bytes may wait for Kafka before a send is refused at once. Default 32 MiB. */
  readonly maxQueueBytes?: number;
}

export interface ProducerHealth {
  /** Since when no attempt has succeeded, Unix ms; undefined while all is well. */
  readonly failingSinceMs: number | undefined;
  readonly queuedBytes: number;
  readonly lastAckAtMs: number | undefined;
}

const SWEEP_MS = 100;
const ROUTE_RETRY_MS = 250;
/** Per-record framing in a produce request, roughly: attributes, deltas, lengths. */
const RECORD_OVERHEAD_BYTES = 64;

/**
 * Sends records with `acks=all` and tells each sender what became of its own one. Records of a key keep their order; they may be
 * doubled when an acknowledgement is lost, never silently dropped. Safe to use from many callers at once.
 */
export class EventProducer {
  readonly #sendTimeoutMs: number;
  readonly #maxQueueBytes: number;
  readonly #log: LogSink;
  readonly #sockets = new CountedSockets();
  readonly #connection: ProducerConnection;
  readonly #counts: PartitionCounts;
  readonly #lanes = new Map<string, PartitionLane[]>();
  readonly #unrouted = new Map<string, { record: OutgoingRecord; waiting: Waiting }[]>();
  readonly #sweeper: NodeJS.Timeout;
  #queuedBytes = 0;
  #failingSinceMs: number | undefined;
  #lastAckAtMs: number | undefined;
  #closing = false;

  constructor(settings: KafkaSettings, options: ProducerOptions = {}) {
    this.#sendTimeoutMs = options.sendTimeoutMs ?? 5_000;
    this.#maxQueueBytes = options.maxQueueBytes ?? 32 * 1024 * 1024;
    this.#log = settings.log ?? silentLog;
    const kafka = createKafka(settings, this.#sockets.factory);
    this.#connection = new ProducerConnection(kafka);
    this.#counts = new PartitionCounts(kafka);
    this.#sweeper = setInterval(() => this.#expire(Date.now()), SWEEP_MS).unref();
  }

  /** Opens the connection ahead of the first send. Not needed: a send connects by itself. @throws when Kafka is away */
  async connect(): Promise<void> {
    await this.#connection.get();
  }

  /**
   * Resolves once every in-sync replica holds the record.
   * @throws QueueFullError at once when too much is waiting
   * @throws RecordRefusedError when the broker refuses the record for good
   * @throws NotAcceptedError when it was surely not appended within the deadline
   * @throws OutcomeUnknownError when it may have been appended
   */
  send(record: OutgoingRecord): Promise<RecordPosition> {
    const bytes = sizeOf(record);
    if (this.#closing) return Promise.reject(new NotAcceptedError('the producer is closing'));
    if (this.#queuedBytes + bytes > this.#maxQueueBytes) {
      return Promise.reject(new QueueFullError('too many records are waiting for Kafka'));
    }
    this.#queuedBytes += bytes;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        message: {
          key: record.key,
          value: record.value,
          headers: record.headers as NonNullable<Message['headers']>,
        },
        bytes,
        deadlineMs: Date.now() + this.#sendTimeoutMs,
        maybeSent: false,
        settled: false,
        settle: (outcome) => {
          if (waiting.settled) return;
          waiting.settled = true;
          this.#queuedBytes -= bytes;
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        },
      };
      this.#route(record, waiting);
    });
  }

  /** As `send` for each record. Resolves or rejects one by one: the results stand in the records' order. */
  sendAll(records: readonly OutgoingRecord[]): Promise<PromiseSettledResult<RecordPosition>[]> {
    return Promise.allSettled(records.map((record) => this.send(record)));
  }

  health(): ProducerHealth {
    return {
      failingSinceMs: this.#failingSinceMs,
      queuedBytes: this.#queuedBytes,
      lastAckAtMs: this.#lastAckAtMs,
    };
  }

  /** Takes no more records, waits for what is under way until each one's deadline, then disconnects. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#queuedBytes > 0) {
      this.#expire(Date.now());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    clearInterval(this.#sweeper);
    await this.#connection.close();
  }

  #route(record: OutgoingRecord, waiting: Waiting): void {
    const partitions = this.#counts.known(record.topic);
    const queue = this.#unrouted.get(record.topic);
    if (partitions !== undefined && queue === undefined) {
      this.#lane(record, partitions).enqueue(waiting);
    } else if (queue !== undefined) {
      queue.push({ record, waiting });
    } else {
      this.#unrouted.set(record.topic, [{ record, waiting }]);
      void this.#learn(record.topic);
    }
  }

  /** Asks for the topic's partitions until somebody who waits for it gave up, then hands all waiting records to their lanes in order. */
  async #learn(topic: string): Promise<void> {
    for (;;) {
      const partitions = await this.#counts.ask(topic).catch((error: unknown) => this.#failed(error));
      const queue = (this.#unrouted.get(topic) ?? []).filter(({ waiting }) => !waiting.settled);
      if (typeof partitions === 'number' || queue.length === 0) {
        this.#unrouted.delete(topic);
        if (typeof partitions !== 'number') return;
        for (const { record, waiting } of queue) this.#lane(record, partitions).enqueue(waiting);
        return;
      }
      this.#unrouted.set(topic, queue);
      await new Promise((resolve) => setTimeout(resolve, ROUTE_RETRY_MS));
    }
  }

  #lane(record: OutgoingRecord, partitions: number): PartitionLane {
    const partition =
      record.partition ??
      (record.key === null ? Math.floor(Math.random() * partitions) : partitionOf(record.key, partitions));
    let lanes = this.#lanes.get(record.topic);
    if (lanes === undefined) this.#lanes.set(record.topic, (lanes = []));
    return (lanes[partition] ??= new PartitionLane({
      topic: record.topic,
      partition,
      attempt: (...request) => this.#attempt(...request),
      log: this.#log,
    }));
  }

  async #attempt(topic: string, partition: number, messages: Message[], bytes: number): Promise<SendAttempt> {
    const writtenBefore = this.#sockets.bytesWritten;
    try {
      const producer: Producer = await this.#connection.get();
      for (const message of messages) message.partition = partition;
      const results = await producer.send({ topic, messages, acks: -1, timeout: this.#sendTimeoutMs });
      const result = results.find((entry) => entry.topicName === topic && entry.partition === partition);
      // kafkajs can resolve although nothing was appended, with the partition missing from its result.
      if (result?.baseOffset === undefined) throw new OutcomeUnknownError('the answer lacks the partition');
      this.#failingSinceMs = undefined;
      this.#lastAckAtMs = Date.now();
      return { ok: true, baseOffset: Number(result.baseOffset) };
    } catch (error) {
      const wasWritten =
        this.#sockets.bytesWritten - writtenBefore >= bytes - messages.length * RECORD_OVERHEAD_BYTES;
      const fate = fateOf(error, wasWritten);
      if (fate !== 'refused') this.#failed(error);
      return { ok: false, fate, error };
    }
  }

  #failed(error: unknown): void {
    this.#failingSinceMs ??= Date.now();
    // A topic that was deleted stays in this client's metadata requests and fails every later send, also to other topics.
    if (protocolErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') this.#connection.replace();
  }

  #expire(nowMs: number): void {
    for (const lanes of this.#lanes.values()) for (const lane of lanes) lane?.expire(nowMs);
    for (const queue of this.#unrouted.values()) {
      for (const { waiting } of queue) {
        if (waiting.deadlineMs <= nowMs)
          waiting.settle(new NotAcceptedError('Kafka could not be reached in time'));
      }
    }
  }
}

function sizeOf(record: OutgoingRecord): number {
  return byteLength(record.key) + byteLength(record.value) + RECORD_OVERHEAD_BYTES;
}

function byteLength(data: string | Buffer | null): number {
  if (data === null) return 0;
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}
