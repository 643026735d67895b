import {
  emit,
  EventProducer,
  orderConfirmed,
  uuidv7,
  type EventContract,
  type LogSink,
  type OutgoingRecord,
  type RecordPosition,
  type Topic,
} from '@orderstream/events';
import { kafkaBrokers, readTopic, testTopic, type TestTopic } from '@orderstream/testing';
import { Outbox, OutboxBell, OutboxRelay, type Database } from '../src/index.ts';
import { confirmation, type Shop } from './fixture.ts';

export const PARTITIONS = 3;

/** A busy machine must not look like a Kafka that is away. */
const PATIENCE = { sendTimeoutMs: 30_000 };

/** A contract like order.confirmed, on a topic of the test's own. `item_count` serves as the running number. */
export type Numbered = typeof orderConfirmed;

export interface RelayTest {
  readonly topic: TestTopic;
  /** One key of the topic after the other. */
  readonly keys: readonly string[];
  /** Commits one transaction that emits, for each number, an event of key number % keys. */
  emit(database: Database, outbox: Outbox, numbers: readonly number[]): Promise<void>;
  emission(number: number): ReturnType<typeof emit>;
  /** The numbers in the topic, per key, in the topic's order. */
  published(): Promise<Map<string, number[]>>;
  close(): Promise<void>;
}

export async function openRelayTest(keyCount = 4): Promise<RelayTest> {
  const topic = await testTopic({ partitions: PARTITIONS });
  const contract: Numbered = { ...orderConfirmed, topic };
  const keys = Array.from({ length: keyCount }, () => uuidv7());
  const emission = (number: number) =>
    emit(contract as EventContract, confirmation(keys[number % keyCount], number));
  return {
    topic,
    keys,
    emission,
    emit: (database, outbox, numbers) =>
      database.transaction(async (tx) => outbox.emit(tx, numbers.map(emission))),
    published: async () => {
      const records = await readTopic(topic);
      const byKey = Map.groupBy(records, ({ key }) => key ?? '');
      return new Map(
        [...byKey].map(([key, ofKey]) => [key, ofKey.map(({ value }) => numberIn(value ?? '{}'))]),
      );
    },
    close: () => topic.delete(),
  };
}

/** Whether a connection of this name idles, and such a statement was its last one. */
export async function hasAnswerTo(shop: Shop, name: string, statement: string): Promise<boolean> {
  const rows = await shop.rows(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1
     AND state = 'idle' AND strpos(query, $2) > 0`,
    [name, statement],
  );
  return rows.length === 1;
}

/** The session that holds the relays' lock: those who wait for it ask over connections of their own. */
export async function activeSession(shop: Shop): Promise<{ pid: number; name: string } | undefined> {
  const [row] = await shop.rows<{ pid: number; name: string }>(
    `SELECT pid, application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND datname = current_database()`,
  );
  return row;
}

function numberIn(value: string): number {
  return (JSON.parse(value) as { payload: { item_count: number } }).payload.item_count;
}

/** One instance of the service, as far as the outbox is concerned. */
export interface Instance {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly relay: OutboxRelay;
  stop(): Promise<void>;
}

export function startInstance(
  shop: Shop,
  name: string,
  options: {
    readonly producer?: EventProducer;
    readonly url?: string;
    readonly log?: LogSink;
    readonly topics?: readonly Topic[];
  } = {},
): Instance {
  const kafka = { clientId: name, brokers: kafkaBrokers() };
  const producer = options.producer ?? new EventProducer(kafka, PATIENCE);
  const database = shop.connect(name, options.url);
  const bell = new OutboxBell(database);
  const relay = new OutboxRelay(database, bell, producer, options.log, options.topics);
  relay.start();
  const stop = async (): Promise<void> => {
    await relay.stop();
    await producer.close();
  };
  shop.onClose(stop);
  return { database, outbox: new Outbox('shop', bell), relay, stop };
}

/** A real producer, with something happening right after the broker has acknowledged. */
export class InterruptedProducer extends EventProducer {
  /** May change the results on their way to the relay. */
  afterAck: (
    records: readonly OutgoingRecord[],
    results: PromiseSettledResult<RecordPosition>[],
  ) => Promise<PromiseSettledResult<RecordPosition>[]> = async (_, results) => results;
  calls = 0;

  constructor(name: string) {
    super({ clientId: name, brokers: kafkaBrokers() }, PATIENCE);
  }

  override async sendAll(
    records: readonly OutgoingRecord[],
  ): Promise<PromiseSettledResult<RecordPosition>[]> {
    this.calls += 1;
    return this.afterAck(records, await super.sendAll(records));
  }
}

/** The order in which a consumer that drops copies would see the numbers. */
export function firstOccurrences(numbers: readonly number[]): number[] {
  return [...new Set(numbers)];
}

/** 1, 2, … n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

/** What each key must have received when `numbers` were emitted in this order. */
export function expectedPerKey(test: RelayTest, numbers: readonly number[]): Map<string, number[]> {
  return Map.groupBy(numbers, (number) => test.keys[number % test.keys.length] as string);
}
