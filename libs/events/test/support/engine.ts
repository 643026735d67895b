import { randomUUID } from 'node:crypto';
import type { Message } from 'kafkajs';
import { kafkaBrokers, testTopic, type TestTopic, type TestTopicOptions } from '@orderstream/testing';
import {
  deadLetterTopic,
  defineEvent,
  encodeRecord,
  EventConsumer,
  orderCreated,
  retryTopic,
  subscriptionsOf,
  type EventConsumerOptions,
  type EventProducer,
  type HandleEvents,
  type LogEntry,
} from '../../src/index.ts';
import { asOperator } from './admin.ts';
import { MemoryStore } from './memory-store.ts';
import { aProducer } from './producing.ts';
import { anOrder } from './records.ts';

export interface EngineOptions extends Pick<TestTopicOptions, 'partitions'> {
  readonly handle?: HandleEvents;
  readonly maxAttempts?: number;
  /** Without it dead letters have nowhere to go. Default true. */
  readonly withDeadLetterTopic?: boolean;
}

export interface ConsumerOptions extends Partial<Pick<EventConsumerOptions, 'drainTimeoutMs'>> {
  readonly brokers?: readonly string[];
  readonly group?: string;
  readonly handle?: HandleEvents;
}

const running = new Set<Engine>();

/** A failing test leaves its consumers behind; they would bring the whole run down. */
afterEach(async () => {
  for (const engine of running) await engine.stop();
});

/**
 * What the group `worker` needs to consume a topic of the test's own: topics, store, dead-letter producer. Kafka knows the group under
 * a name that nobody else has.
 */
export class Engine {
  readonly topic: TestTopic;
  readonly deadLetters: string;
  readonly group = `test-${randomUUID()}`;
  readonly store = new MemoryStore();
  readonly log: LogEntry[] = [];
  /** Writes the dead letters. */
  readonly #producer: EventProducer;
  /** Writes what the tests send: a dead-letter topic that is missing is none of its business. */
  readonly #sender: EventProducer;
  readonly #options: EngineOptions;
  readonly #consumers: EventConsumer[] = [];

  private constructor(topic: TestTopic, options: EngineOptions) {
    this.topic = topic;
    this.deadLetters = deadLetterTopic(topic.name, 'worker');
    this.#options = options;
    this.#sender = aProducer(kafkaBrokers());
    // Where letters must be refused, that should not take long. Elsewhere one that timed out would be written twice.
    const { withDeadLetterTopic = true } = options;
    this.#producer = aProducer(kafkaBrokers(), withDeadLetterTopic ? {} : { sendTimeoutMs: 5_000 });
  }

  static async prepare(options: EngineOptions = {}): Promise<Engine> {
    const { partitions = 1, withDeadLetterTopic = true } = options;
    const topic = await testTopic({
      partitions,
      companions: (name) => [
        retryTopic(name, 'worker'),
        ...(withDeadLetterTopic ? [deadLetterTopic(name, 'worker')] : []),
      ],
    });
    const engine = new Engine(topic, options);
    running.add(engine);
    return engine;
  }

  get #contract() {
    return defineEvent({ ...orderCreated, key: 'order_id', topic: this.topic });
  }

  /** A consumer that is not started yet. */
  consumer(options: ConsumerOptions = {}): EventConsumer {
    const { brokers = kafkaBrokers(), group = this.group, handle = this.#options.handle, ...rest } = options;
    const { maxAttempts = 3 } = this.#options;
    const handler = {
      contracts: [this.#contract],
      handle: handle ?? (async () => undefined),
      options: { maxAttempts },
    };
    const consumer = new EventConsumer({
      kafka: { clientId: 'test', brokers, log: (entry) => this.log.push(entry) },
      group,
      subscriptions: subscriptionsOf('worker', [handler]),
      store: this.store,
      producer: this.#producer,
      lookEveryMs: 1_000,
      ...rest,
    });
    this.#consumers.push(consumer);
    return consumer;
  }

  async start(options: ConsumerOptions = {}): Promise<EventConsumer> {
    const consumer = this.consumer(options);
    await consumer.start();
    return consumer;
  }

  /** Sends an order for each key; the same key, the same partition. */
  async order(orderIds: readonly string[]): Promise<void> {
    const records = orderIds.map((orderId) => encodeRecord(this.#contract, anOrder(orderId)));
    await Promise.all(records.map((record) => this.#sender.send(record)));
  }

  /** Sends raw records, all in one request and as they are. */
  async raw(messages: readonly (Message & { partition?: number })[]): Promise<void> {
    for (const { partition = 0, key = null, value = null, headers = {} } of messages) {
      await this.#sender.send({
        topic: this.topic.name,
        partition,
        key: key ?? null,
        value,
        headers: headers,
      });
    }
  }

  /** The raw record of an order, for `raw`. */
  orderMessage(orderId: string): Message {
    const { key, value, headers } = encodeRecord(this.#contract, anOrder(orderId));
    return { key, value, headers: headers };
  }

  position(partition = 0): number | undefined {
    return this.store.positions.get(`worker/${this.topic.name}/${partition}`);
  }

  moveTo(position: number, partition = 0): void {
    this.store.positions.set(`worker/${this.topic.name}/${partition}`, position);
  }

  /** Offsets of the partition's records whose effect is kept. */
  handled(partition = 0): readonly number[] {
    return this.store.offsets('worker', this.topic.name, partition);
  }

  /** Kafka's committed offset; -1 when there is none. */
  async committed(partition = 0): Promise<number> {
    const groupId = this.group;
    const [found] = await asOperator((admin) => admin.fetchOffsets({ groupId, topics: [this.topic.name] }));
    return Number(found?.partitions.find((one) => one.partition === partition)?.offset ?? -1);
  }

  /** Ends everything that was started and removes what it needed. */
  async stop(): Promise<void> {
    if (!running.delete(this)) return;
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
    await Promise.all([this.#producer.close(), this.#sender.close()]);
    await asOperator((admin) => admin.deleteGroups([this.group])).catch(() => undefined);
    await this.topic.delete();
  }
}
