import {
  createKafka,
  EventProducer,
  NotAcceptedError,
  partitionOf,
  type OutgoingRecord,
} from '@orderstream/events';
import { eventually, kafkaBrokers, type TestTopic } from '@orderstream/testing';
import pg from 'pg';
import { openShop, type Shop } from './fixture.ts';
import {
  expectedPerKey,
  firstOccurrences,
  InterruptedProducer,
  openRelayTest,
  PARTITIONS,
  startInstance,
  upTo,
  type Instance,
  type RelayTest,
} from './relay-fixture.ts';

/** More than one read takes. */
const MANY = 1_500;

describe('rows of the outbox that cannot go', () => {
  let shop: Shop;
  let test: RelayTest;

  beforeEach(async () => {
    [shop, test] = await Promise.all([openShop(), openRelayTest(8)]);
  });
  afterEach(async () => {
    await shop.close();
    await test.close();
  });

  const outboxIsEmpty = async () => expect(await shop.rows('SELECT id FROM shop.outbox')).toEqual([]);
  const rowsLeft = async () => (await shop.rows('SELECT id FROM shop.outbox')).length;
  const hasPublished = (numbers: readonly number[]) => async () =>
    expect(await test.published()).toEqual(expectedPerKey(test, numbers));
  /** Commits a row for each number, with no relay to see them. */
  const writeRows = async (of: RelayTest, numbers: readonly number[]): Promise<Instance> => {
    const waiting = startInstance(shop, 'waiting');
    await waiting.stop();
    await waiting.database.transaction(async (tx) => {
      for (const number of numbers) waiting.outbox.emit(tx, [of.emission(number)]);
    });
    return waiting;
  };
  const somebody = async (): Promise<pg.Client> => {
    const person = new pg.Client({ connectionString: shop.server.url });
    await person.connect();
    shop.onClose(() => person.end());
    return person;
  };

  it('somebody holds more than one read takes: all are published once, and what is behind them comes and goes', async () => {
    await writeRows(test, upTo(MANY));
    const person = await somebody();
    await person.query('BEGIN; SELECT FROM shop.outbox FOR UPDATE');
    const instance = startInstance(shop, 'one');
    await test.emit(instance.database, instance.outbox, [MANY + 1]);
    await eventually(async () => expect(await rowsLeft()).toBe(MANY));
    await test.emit(instance.database, instance.outbox, [MANY + 2]);
    await eventually(hasPublished(upTo(MANY + 2)));
    await eventually(async () => expect(await rowsLeft()).toBe(MANY));
    expect(instance.relay.health().failingSinceMs).toBeDefined();

    await person.query('ROLLBACK');
    await eventually(outboxIsEmpty);
    await eventually(() => instance.relay.health().failingSinceMs === undefined);
    await instance.stop();
    await hasPublished(upTo(MANY + 2))();
  });

  it('somebody holds one row while others come and go all the time: said once, and not well until it is over', async () => {
    await writeRows(test, [1]);
    const person = await somebody();
    await person.query('BEGIN; SELECT FROM shop.outbox FOR UPDATE');
    const said: string[] = [];
    const instance = startInstance(shop, 'one', { log: ({ message }) => said.push(message) });
    const isHeld = (message: string): boolean => message.includes('somebody holds them');
    let number = 1;
    const flow = async (): Promise<void> => test.emit(instance.database, instance.outbox, [(number += 1)]);
    await eventually(async () => {
      await flow();
      expect(said.filter(isHeld)).toHaveLength(1);
    });
    // Many passes, each of which begins with the held row and a new one.
    for (let more = 0; more < 300; more += 1) await flow();
    expect(said.filter(isHeld)).toHaveLength(1);
    expect(instance.relay.health().failingSinceMs).toBeDefined();

    await person.query('ROLLBACK');
    await eventually(outboxIsEmpty);
    await eventually(() => instance.relay.health().failingSinceMs === undefined);
    await instance.stop();
    await hasPublished(upTo(number))();
  });

  it('commits late, with a lower id than a row that is passed over: goes before the later ones of its key', async () => {
    const [late, held] = [await somebody(), await somebody()];
    const waiting = await writeRows(test, [8]);
    const [row] = await shop.rows<{ records: string }>('SELECT records FROM shop.outbox');
    await shop.rows('DELETE FROM shop.outbox');
    await late.query('BEGIN');
    await late.query('INSERT INTO shop.outbox (topic, record_count, records) VALUES ($1, 1, $2)', [
      test.topic.name,
      row?.records,
    ]);
    await test.emit(waiting.database, waiting.outbox, [1]);
    await held.query('BEGIN; SELECT FROM shop.outbox FOR UPDATE');
    const instance = startInstance(shop, 'one');
    await eventually(() => instance.relay.health().failingSinceMs !== undefined);

    await late.query('COMMIT');
    await test.emit(instance.database, instance.outbox, [16]);
    await eventually(async () => expect(await rowsLeft()).toBe(1));
    await held.query('ROLLBACK');
    await eventually(outboxIsEmpty);
    await instance.stop();
    expect(await test.published()).toEqual(expectedPerKey(test, [1, 8, 16]));
  });

  it('a topic is missing, and more than one read takes is to go there: the others go on; then it follows, in order', async () => {
    const missing = await openRelayTest();
    await missing.topic.delete();
    await writeRows(missing, upTo(MANY));
    const kafka = { clientId: 'impatient', brokers: kafkaBrokers() };
    const producer = new EventProducer(kafka, { sendTimeoutMs: 2_000 });
    const said: string[] = [];
    const instance = startInstance(shop, 'one', { producer, log: ({ message }) => said.push(message) });
    await test.emit(instance.database, instance.outbox, upTo(10));
    await eventually(hasPublished(upTo(10)));
    expect(await rowsLeft()).toBe(MANY);
    expect(instance.relay.health().failingSinceMs).toBeDefined();

    await create(missing.topic);
    shop.onClose(() => missing.close());
    await eventually(outboxIsEmpty, { deadlineMs: 50_000 });
    await eventually(() => instance.relay.health().failingSinceMs === undefined);
    await instance.stop();
    // A busy machine may not answer in time, and what it took is sent again.
    const published = [...(await missing.published())].map(
      ([key, got]) => [key, firstOccurrences(got)] as const,
    );
    expect(new Map(published)).toEqual(expectedPerKey(missing, upTo(MANY)));
    expect(said[1]).toContain('events of these partitions');
  });

  it('one partition takes nothing: the others go on while it is tried; then it follows, in order, once', async () => {
    const producer = new PickyProducer(partitionOf(test.keys[0] as string, PARTITIONS));
    const instance = startInstance(shop, 'one', { producer, topics: [test.topic] });
    const isStuck = (number: number) => producer.isStuck({ key: test.keys[number % test.keys.length] ?? '' });
    const numbers = upTo(40);
    await test.emit(instance.database, instance.outbox, numbers.slice(0, 20));
    await eventually(() => producer.trials === 1);
    // Rows that hold both: what the others have is taken out of them.
    await test.emit(instance.database, instance.outbox, numbers.slice(20));
    await eventually(hasPublished(numbers.filter((number) => !isStuck(number))));
    await eventually(async () => {
      const [left] = await shop.rows('SELECT sum(record_count)::int AS records FROM shop.outbox');
      expect(left).toEqual({ records: numbers.filter(isStuck).length });
    });
    expect(producer.trials).toBe(1);

    producer.takeAll();
    await eventually(outboxIsEmpty);
    await instance.stop();
    await hasPublished(numbers)();
  });

  it('stopped while a partition is tried: what that published is removed before the next one begins', async () => {
    const producer = new PickyProducer(partitionOf(test.keys[0] as string, PARTITIONS));
    const instance = startInstance(shop, 'one', { producer, topics: [test.topic] });
    await test.emit(instance.database, instance.outbox, upTo(20));
    await eventually(() => producer.trials === 1);
    const stopping = instance.stop();
    producer.takeAll();
    await stopping;
    await outboxIsEmpty();
    await hasPublished(upTo(20))();
  });
});

/** A real producer with one partition that takes nothing: at first this is answered at once, then there is no answer. */
class PickyProducer extends InterruptedProducer {
  trials = 0;
  readonly #partition: number;
  #takeAll: () => void = () => undefined;
  readonly #takesAll = new Promise<void>((resolve) => (this.#takeAll = resolve));

  constructor(partition: number) {
    super('picky');
    this.#partition = partition;
  }

  isStuck({ key }: Pick<OutgoingRecord, 'key'>): boolean {
    return partitionOf(key ?? '', PARTITIONS) === this.#partition;
  }

  takeAll(): void {
    this.#takeAll();
  }

  override async sendAll(records: readonly OutgoingRecord[]): ReturnType<EventProducer['sendAll']> {
    if (records.some((record) => this.isStuck(record)) && this.calls > 0) {
      this.trials += 1;
      await this.#takesAll;
      return super.sendAll(records);
    }
    const taken = await super.sendAll(records.filter((record) => !this.isStuck(record)));
    let index = 0;
    const refused = new NotAcceptedError('no leader');
    return records.map((record) =>
      this.isStuck(record) ? { status: 'rejected', reason: refused } : (taken[index++] as (typeof taken)[0]),
    );
  }
}

async function create({ name, partitions }: TestTopic): Promise<void> {
  const admin = createKafka({ clientId: 'test', brokers: kafkaBrokers() }).admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions }], waitForLeaders: false });
  } finally {
    await admin.disconnect();
  }
}
