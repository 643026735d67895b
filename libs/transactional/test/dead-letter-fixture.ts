import { randomUUID } from 'node:crypto';
import type { Admin, KafkaMessage } from 'kafkajs';
import {
  createKafka,
  deadLetterTopic,
  encodeRecord,
  EventConsumer,
  EventProducer,
  newEvent,
  orderCreated,
  PermanentError,
  resolutionRecord,
  retryRecord,
  retryTopic,
  standingsIn,
  subscriptionsOf,
  uuidv7,
  type HandleEvents,
  type OutgoingRecord,
  type PayloadOf,
  type Standing,
} from '@orderstream/events';
import { eventually, kafkaBrokers, readTopic, testTopic, type TestTopic } from '@orderstream/testing';
import type { Transaction } from '../src/index.ts';
import { openShop, type Shop } from './fixture.ts';

/** A busy machine is slow, and no failure. */
const PATIENCE = { deadlineMs: 40_000 };

/**
 * The group `worker` on a topic of the test's own, on the real broker and database. Its records have labels: `a1` is the first one of
 * the key a, and `customer_id` carries the label. What is handled is a row of `shop.handled`, in the order of the commits.
 */
export class DeadLetterTest {
  readonly shop: Shop;
  readonly topic: TestTopic;
  readonly producer: EventProducer;
  readonly #group = `test-${randomUUID()}`;
  readonly #keys = new Map<string, string>();
  #consumers: EventConsumer[] = [];
  /** Labels that the handler refuses. */
  readonly failing = new Set<string>();
  /** Labels of all the records that the handler was asked to handle alone or with others, also of those it refused. */
  readonly asked: string[] = [];
  /** Runs after a record's effect was written, before it is committed. */
  afterEffect: (label: string) => Promise<unknown> = async () => undefined;

  private constructor(shop: Shop, topic: TestTopic) {
    this.shop = shop;
    this.topic = topic;
    this.producer = new EventProducer(
      { clientId: 'test', brokers: kafkaBrokers() },
      { sendTimeoutMs: 30_000 },
    );
  }

  static async open(options: { readonly ordered?: boolean } = {}): Promise<DeadLetterTest> {
    const shop = await openShop();
    await shop.rows(
      'CREATE TABLE shop.handled (id bigint GENERATED ALWAYS AS IDENTITY, label text NOT NULL)',
    );
    const companions = (name: string) => [retryTopic(name, 'worker'), deadLetterTopic(name, 'worker')];
    return new DeadLetterTest(shop, await testTopic({ partitions: 1, companions, ...options }));
  }

  get #contract() {
    return { ...orderCreated, topic: this.topic };
  }

  get retryTopic(): string {
    return retryTopic(this.topic.name, 'worker');
  }

  /** Joins as another instance of the service. @param url the way to its database */
  async start(url?: string): Promise<EventConsumer> {
    const kafka = { clientId: 'test', brokers: kafkaBrokers() };
    const handler = { contracts: [this.#contract], handle: this.#handle, options: {} };
    const consumer = new EventConsumer({
      kafka,
      group: this.#group,
      subscriptions: subscriptionsOf('worker', [handler]),
      store: this.shop.effects(this.shop.connect('shop', url)),
      producer: this.producer,
      lookEveryMs: 1_000,
    });
    this.#consumers.push(consumer);
    await consumer.start();
    return consumer;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
    this.#consumers = [];
  }

  async close(): Promise<void> {
    await this.stop();
    await this.producer.close();
    await this.shop.close();
    await this.asOperator((admin) => admin.deleteGroups([this.#group]).catch(() => undefined));
    await this.topic.delete();
  }

  readonly #handle: HandleEvents = async (events, tx) => {
    const labels = events.map(({ payload }) => (payload as PayloadOf<typeof orderCreated>).customer_id);
    this.asked.push(...labels);
    if (labels.some((label) => this.failing.has(label))) {
      throw new PermanentError('no_such_product', `no such product, asked ${this.asked.length} times`);
    }
    for (const label of labels) {
      await (tx as Transaction).query('INSERT INTO handled (label) VALUES ($1)', [label]);
      await this.afterEffect(label);
    }
  };

  /** What Kafka has committed for the group in the topic. */
  committed(): Promise<string | undefined> {
    return this.asOperator(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId: this.#group, topics: [this.topic.name] });
      return found?.partitions[0]?.offset;
    });
  }

  /** The id that stands for the first letter of a label. */
  key(label: string): string {
    const letter = label.slice(0, 1);
    const key = this.#keys.get(letter) ?? uuidv7();
    this.#keys.set(letter, key);
    return key;
  }

  /** Publishes the records in this order. */
  async send(...labels: string[]): Promise<void> {
    await this.sendRecords(labels.map((label) => this.record(label)));
  }

  record(label: string): OutgoingRecord {
    const payload = {
      order_id: this.key(label),
      customer_id: label,
      currency: 'EUR',
      amount_total: 250,
      items: [{ sku: 'sku-1', quantity: 1, unit_amount: 250 }],
    };
    return encodeRecord(this.#contract, newEvent(this.#contract, payload, { source: 'test' }));
  }

  async sendRecords(records: readonly OutgoingRecord[]): Promise<void> {
    const results = await this.producer.sendAll(records);
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
  }

  /** Every record of the topic is behind the group; of its retry topic, too. */
  async caughtUp(): Promise<void> {
    const [ends, retryEnds] = await Promise.all([this.#end(this.topic.name), this.#end(this.retryTopic)]);
    await eventually(async () => {
      expect(await this.position(this.topic.name)).toBe(ends);
      if (retryEnds > 0) expect(await this.position(this.retryTopic)).toBe(retryEnds);
    }, PATIENCE);
  }

  async position(topic: string): Promise<number> {
    const [row] = await this.shop.rows<{ next_offset: string }>(
      'SELECT next_offset FROM shop.consumer_positions WHERE topic = $1',
      [topic],
    );
    return Number(row?.next_offset ?? 0);
  }

  /** Labels in the order of their commits. */
  async handled(): Promise<string[]> {
    const rows = await this.shop.rows<{ label: string }>('SELECT label FROM shop.handled ORDER BY id');
    return rows.map(({ label }) => label);
  }

  /** What the group's table says is open: `offset: reason @ redrives`. */
  async open(): Promise<string[]> {
    const rows = await this.shop.rows<{ text: string }>(
      `SELECT record_offset || ': ' || reason || ' @ ' || redrive_count AS text FROM shop.dead_letters
       ORDER BY topic, record_offset`,
    );
    return rows.map(({ text }) => text);
  }

  /** The dead-letter topic as it lies there. */
  async deadLetters(): Promise<KafkaMessage[]> {
    const records = await readTopic(deadLetterTopic(this.topic.name, 'worker'), PATIENCE);
    return records.map(({ offset, key, value, headers }) => ({
      offset: String(offset),
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [name, text === null ? undefined : Buffer.from(text)]),
      ),
      timestamp: '0',
      attributes: 0,
    }));
  }

  /** How the topic says the records stand: state by original offset. */
  async states(): Promise<Record<number, Standing['state']>> {
    const standings = [...standingsIn(await this.deadLetters()).values()];
    return Object.fromEntries(standings.map(({ letter, state }) => [letter.original.offset, state]));
  }

  /** Hands the records at these offsets back, as the operator's tool does: retry record, its acknowledgement, then the resolution. */
  async redrive(offsets: readonly number[], kind: 'redriven' | 'discarded' = 'redriven'): Promise<void> {
    const log = await this.deadLetters();
    const standings = [...standingsIn(log).values()];
    for (const offset of offsets) {
      const { letterOffset, redriveCount } = standings.find(
        ({ letter }) => letter.original.offset === offset,
      ) as Standing;
      const letter = log[letterOffset] as KafkaMessage;
      const isDiscarded = kind === 'discarded';
      const sent = await this.producer.send(
        retryRecord(letter, { isDiscarded, redriveCount: redriveCount + 1 }),
      );
      const count = isDiscarded ? redriveCount : redriveCount + 1;
      const said = { by: 'ada', why: 'test', at: new Date().toISOString(), retryOffset: sent.offset };
      await this.producer.send(resolutionRecord(letter, { kind, redriveCount: count, ...said }));
    }
  }

  /** Does something as an operator would. */
  async asOperator<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = createKafka({ clientId: 'test', brokers: kafkaBrokers() }).admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  #end(topic: string): Promise<number> {
    return this.asOperator(async (admin) => Number((await admin.fetchTopicOffsets(topic))[0]?.high ?? 0));
  }
}
