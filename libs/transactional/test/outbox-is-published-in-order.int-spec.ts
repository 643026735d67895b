import { jest } from '@jest/globals';
import { eventually, kafkaBrokers, readTopic } from '@orderstream/testing';
import { register } from 'prom-client';
import { emit, EventProducer, orderConfirmed } from '@orderstream/events';
import { Outbox, OutboxBell, OutboxRelay } from '../src/index.ts';
import { confirmation, openShop, orderCreatedAt, type Shop } from './fixture.ts';
import {
  expectedPerKey,
  openRelayTest,
  startInstance,
  upTo,
  type RelayTest,
  hasAnswerTo,
} from './relay-fixture.ts';

describe('the relay', () => {
  let shop: Shop;
  let test: RelayTest;

  beforeEach(async () => {
    [shop, test] = await Promise.all([openShop(), openRelayTest()]);
  });
  afterEach(async () => {
    await shop.close();
    await test.close();
  });

  const outboxIsEmpty = async () => expect(await shop.rows('SELECT id FROM shop.outbox')).toEqual([]);
  /** The relay has looked at the outbox and has its answer. */
  const isAsleep = (name: string) => hasAnswerTo(shop, name, 'FROM outbox');

  it('publishes what was committed, byte for byte with headers, and removes it', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const cause = orderCreatedAt(0, traceparent);
    const instance = startInstance(shop, 'one');
    await instance.database.transaction(async (tx) => {
      const contract = { ...orderConfirmed, topic: test.topic };
      instance.outbox.emit(tx, [emit(contract, confirmation(test.keys[0]), cause)]);
      // Reads what is about to be committed: emit() does not wait, but it is in this transaction.
      const { rows } = await tx.query<{ records: string }>('SELECT records FROM outbox');
      expect(rows).toHaveLength(1);
    });
    await eventually(outboxIsEmpty);
    await instance.stop();

    const [record, ...others] = await readTopic(test.topic);
    expect(others).toEqual([]);
    const event = JSON.parse(record?.value ?? '') as Record<string, string>;
    expect(event).toMatchObject({ causation_id: cause.event_id, source: 'shop' });
    expect(record).toMatchObject({
      key: test.keys[0],
      headers: {
        'event-id': event['event_id'],
        'event-type': 'order.confirmed',
        'schema-version': '1',
        'content-type': 'application/json',
        traceparent,
      },
    });
  });

  it('many transactions, more than one read: every event once, in commit order per key', async () => {
    const numbers = upTo(12_000);
    const before = shop.connect('before');
    const waiting = startInstance(shop, 'waiting');
    await waiting.stop();
    for (let from = 0; from < numbers.length; from += 750) {
      await test.emit(before, waiting.outbox, numbers.slice(from, from + 750));
    }
    const instance = startInstance(shop, 'one');
    await eventually(outboxIsEmpty, { deadlineMs: 50_000 });
    await instance.stop();
    expect(await test.published()).toEqual(expectedPerKey(test, numbers));
  });

  it('more rows than one read takes: in order all the same', async () => {
    const numbers = upTo(2_500);
    const waiting = startInstance(shop, 'waiting');
    await waiting.stop();
    await shop.connect('writer').transaction(async (tx) => {
      for (const number of numbers) waiting.outbox.emit(tx, [test.emission(number)]);
    });
    expect(await shop.rows('SELECT count(*)::int AS rows FROM shop.outbox')).toEqual([{ rows: 2_500 }]);
    const instance = startInstance(shop, 'one');
    await eventually(outboxIsEmpty, { deadlineMs: 50_000 });
    await instance.stop();
    expect(await test.published()).toEqual(expectedPerKey(test, numbers));
  });

  it('a transaction that commits after later ones: is not skipped', async () => {
    const instance = startInstance(shop, 'one');
    let finish: (() => void) | undefined;
    const isWritten = new Promise<void>((written) => {
      void instance.database.transaction(async (tx) => {
        instance.outbox.emit(tx, [test.emission(1)]);
        await tx.query('SELECT 1');
        written();
        await new Promise<void>((resolve) => (finish = resolve));
      });
    });
    await isWritten;
    await test.emit(instance.database, instance.outbox, [2]);
    await eventually(async () => expect([...(await test.published()).values()].flat()).toEqual([2]));
    // The later id is published and gone; the earlier one commits only now.
    await eventually(outboxIsEmpty);
    finish?.();
    await eventually(async () =>
      expect([...(await test.published()).values()].flat().sort()).toEqual([1, 2]),
    );
    await instance.stop();
  });

  it.each([{ by: 'the active instance' }, { by: 'another instance' }])(
    'committed by $by: published at once, not at the next look',
    async ({ by }) => {
      const active = startInstance(shop, 'active');
      await eventually(() => active.relay.health().active);
      const { database, outbox } = by === 'the active instance' ? active : startInstance(shop, 'other');
      const took: number[] = [];
      for (const number of upTo(5)) {
        const startedAtMs = performance.now();
        await test.emit(database, outbox, [number]);
        await eventually(outboxIsEmpty, { intervalMs: 2 });
        took.push(performance.now() - startedAtMs);
      }
      // The look without being woken comes once a second, and all but the first were committed right after one.
      expect(Math.min(...took.slice(1))).toBeLessThan(500);
    },
  );

  it('rolled back: nothing is published', async () => {
    const instance = startInstance(shop, 'one');
    const failing = instance.database.transaction(async (tx) => {
      instance.outbox.emit(tx, [test.emission(1)]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await test.emit(instance.database, instance.outbox, [2]);
    await eventually(outboxIsEmpty);
    await instance.stop();
    expect([...(await test.published()).values()].flat()).toEqual([2]);
  });

  it('stop with nothing left: returns at once', async () => {
    const took: number[] = [];
    for (const name of ['one', 'two', 'three']) {
      const instance = startInstance(shop, name);
      await eventually(() => isAsleep(name));
      const startedAtMs = performance.now();
      await instance.relay.stop();
      took.push(performance.now() - startedAtMs);
    }
    // Not woken, each would sleep until its next look, after a second.
    expect(Math.min(...took)).toBeLessThan(500);
  });

  it('stop: what was committed before is published before it returns', async () => {
    const instance = startInstance(shop, 'one');
    await eventually(() => instance.relay.health().active);
    await test.emit(instance.database, instance.outbox, upTo(2_000));
    // The 3 s that a stop may take do not pass: a busy machine may need longer.
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
    await instance.stop().finally(() => clock.mockRestore());
    await outboxIsEmpty();
    expect(await test.published()).toEqual(expectedPerKey(test, upTo(2_000)));
  });

  it('orderstream_outbox_pending counts events, not rows', async () => {
    const database = shop.connect();
    const bell = new OutboxBell(database);
    const producer = new EventProducer({ clientId: 'spec', brokers: kafkaBrokers() });
    // Never started: what it would publish stays where it is counted.
    const relay = new OutboxRelay(database, bell, producer);
    await test.emit(database, new Outbox('shop', bell), upTo(1_234));
    expect(await metric('orderstream_outbox_pending')).toBe(1_234);
    expect(await metric('orderstream_outbox_oldest_seconds')).toBeGreaterThan(0);
    await shop.rows('TRUNCATE shop.outbox');
    expect(await metric('orderstream_outbox_pending')).toBe(0);
    expect(await metric('orderstream_outbox_oldest_seconds')).toBe(0);
    await relay.stop();
    await producer.close();
  });

  async function metric(name: string): Promise<number> {
    const { values } = (await register.getSingleMetric(name)?.get()) as { values: { value: number }[] };
    return values[0]?.value ?? NaN;
  }
});
