import type { OutgoingRecord } from '../event.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { silentLog } from '../kafka/log.ts';
import { NotAcceptedError, QueueFullError } from './errors.ts';
import { PartitionLane, type RecordPosition, type Waiting } from './lane.ts';
import { messageOf } from './message.ts';
import { PartitionCounts } from './partition-counts.ts';
import { Routes } from './routes.ts';
import { Sender } from './sender.ts';

export interface ProducerOptions {
  /** How long a sender waits for its acknowledgement, ms. Default 5,000. */
  readonly sendTimeoutMs?: number;
  /** How many bytes may wait for Kafka before a send is refused at once. Default 32 MiB. */
  readonly maxQueueBytes?: number;
}

export interface ProducerHealth {
  /** Since when nothing has worked, Unix ms; undefined while anything does. A partition that fails alone is named in the log. */
  readonly failingSinceMs: number | undefined;
  readonly queuedBytes: number;
  readonly lastAckAtMs: number | undefined;
}

/** What the records of one call share. */
interface Call {
  readonly deadlineMs: number;
  /** Set once one of them found the queue full. */
  isRefused: boolean;
}

const SWEEP_MS = 100;

/**
 * Sends records with `acks=all` and tells each sender what became of its own one. Records of a key keep their order; they may be
 * doubled when an acknowledgement is lost, never silently dropped. Safe to use from many callers at once.
 */
export class EventProducer {
  readonly #sendTimeoutMs: number;
  readonly #maxQueueBytes: number;
  readonly #sender: Sender;
  readonly #routes: Routes;
  readonly #sweeper: NodeJS.Timeout;
  #queuedBytes = 0;
  #closing = false;

  constructor(settings: KafkaSettings, options: ProducerOptions = {}) {
    this.#sendTimeoutMs = options.sendTimeoutMs ?? 5_000;
    this.#maxQueueBytes = options.maxQueueBytes ?? 32 * 1024 * 1024;
    const counts = new PartitionCounts(settings);
    // Nobody waits for an answer longer than a sender does.
    this.#sender = new Sender(settings, this.#sendTimeoutMs, (topic) => counts.forget(topic));
    this.#routes = new Routes({
      counts,
      onFailure: (topic, error) => this.#sender.couldNotAsk(topic, error),
      newLane: (topic, partition) =>
        new PartitionLane({
          topic,
          partition,
          log: settings.log ?? silentLog,
          now: Date.now,
          findLeader: () => this.#sender.findLeader(topic, partition),
        }),
    });
    this.#sweeper = setInterval(() => this.#sweep(Date.now()), SWEEP_MS).unref();
  }

  /** Opens the connection ahead of the first send. Not needed: a send connects by itself. @throws when Kafka is away */
  async connect(): Promise<void> {
    await this.#sender.connect();
  }

  /**
   * Resolves once every in-sync replica holds the record.
   * @throws QueueFullError at once when too much is waiting
   * @throws RecordRefusedError when the broker refuses the record for good
   * @throws NotAcceptedError when it was surely not appended within the deadline
   * @throws OutcomeUnknownError when it may have been appended
   */
  send(record: OutgoingRecord): Promise<RecordPosition> {
    return new Promise((resolve, reject) => {
      this.#enter(record, this.#newCall(), (outcome) =>
        outcome instanceof Error ? reject(outcome) : resolve(outcome),
      );
    });
  }

  /**
   * As `send` for each record. Resolves once all have been settled: the results stand in the records' order. All have one deadline: when
   * it passes, a later record of a partition is never sent on while an earlier one has given up. Nor is one that would still fit when
   * an earlier one found the queue full.
   */
  sendAll(records: readonly OutgoingRecord[]): Promise<PromiseSettledResult<RecordPosition>[]> {
    const call = this.#newCall();
    const results = new Array<PromiseSettledResult<RecordPosition>>(records.length);
    let open = records.length;
    return new Promise((resolve) => {
      if (open === 0) resolve(results);
      // One promise for all: with one each, they take as long as it takes to encode them.
      for (const [index, record] of records.entries()) {
        this.#enter(record, call, (outcome) => {
          results[index] =
            outcome instanceof Error
              ? { status: 'rejected', reason: outcome }
              : { status: 'fulfilled', value: outcome };
          open -= 1;
          if (open === 0) resolve(results);
        });
      }
    });
  }

  #newCall(): Call {
    return { deadlineMs: Date.now() + this.#sendTimeoutMs, isRefused: false };
  }

  /** @param tell what became of it, once */
  #enter(record: OutgoingRecord, call: Call, tell: (outcome: RecordPosition | Error) => void): void {
    if (this.#closing) return tell(new NotAcceptedError('the producer is closing'));
    const { message, bytes } = messageOf(record);
    call.isRefused ||= this.#queuedBytes + bytes > this.#maxQueueBytes;
    if (call.isRefused) return tell(new QueueFullError('too many records are waiting for Kafka'));
    this.#queuedBytes += bytes;
    const waiting: Waiting = {
      message,
      bytes,
      deadlineMs: call.deadlineMs,
      maybeSent: false,
      settled: false,
      settle: (outcome) => {
        if (waiting.settled) return;
        waiting.settled = true;
        this.#queuedBytes -= bytes;
        tell(outcome);
      },
    };
    this.#routes.route(record, waiting);
  }

  health(): ProducerHealth {
    const { failingSinceMs, lastAckAtMs } = this.#sender.health;
    return { failingSinceMs, queuedBytes: this.#queuedBytes, lastAckAtMs };
  }

  /** Takes no more records, waits for what is under way until each one's deadline, then disconnects. */
  async close(): Promise<void> {
    this.#closing = true;
    while (this.#queuedBytes > 0) {
      this.#routes.expire(Date.now());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    clearInterval(this.#sweeper);
    await this.#sender.close();
  }

  #sweep(nowMs: number): void {
    this.#routes.expire(nowMs);
    this.#sender.probe(nowMs);
  }
}
