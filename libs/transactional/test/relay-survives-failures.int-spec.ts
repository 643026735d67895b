import { NotAcceptedError, RecordRefusedError } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import { Outbox, OutboxBell } from '../src/index.ts';
import { openShop, type Shop } from './fixture.ts';
import { Line } from './line.ts';
import {
  activeSession,
  expectedPerKey,
  firstOccurrences,
  InterruptedProducer,
  openRelayTest,
  startInstance,
  upTo,
  type Instance,
  type RelayTest,
  hasAnswerTo,
} from './relay-fixture.ts';

describe('the relay, when something fails', () => {
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
  const hasLookedForTheLock = (name: string) => hasAnswerTo(shop, name, 'pg_try_advisory_lock');
  const startOnLine = async (name: string): Promise<[Line, Instance]> => {
    const line = new Line(shop.server.url);
    await line.up();
    shop.onClose(() => line.down());
    return [line, startInstance(shop, name, { url: line.url })];
  };

  it('two instances: one is active; its line to the database is cut: the other takes over, nothing is lost', async () => {
    const line = new Line(shop.server.url);
    await line.up();
    const first = startInstance(shop, 'first', { url: line.url });
    await eventually(() => first.relay.health().active);
    const second = startInstance(shop, 'second');
    const writer = shop.connect('writer');
    await test.emit(writer, second.outbox, upTo(100));
    expect(second.relay.health().active).toBe(false);

    await line.down();
    await eventually(() => !first.relay.health().active);
    await eventually(() => second.relay.health().active);

    await test.emit(writer, second.outbox, upTo(200).slice(100));
    await eventually(outboxIsEmpty);
    const published = await test.published();
    for (const [key, expected] of expectedPerKey(test, upTo(200))) {
      expect(firstOccurrences(published.get(key) ?? [])).toEqual(expected);
    }
  });

  it('cut off while idle: the active one knows at once, and the one that waits takes over within 2 s', async () => {
    const noticedMs: number[] = [];
    const takenOverMs: number[] = [];
    let [line, active] = await startOnLine('first');
    await eventually(() => active.relay.health().active);
    // Several times, since a busy machine may be slow at any one of them.
    for (const name of ['second', 'third', 'fourth']) {
      // So that neither is about to look by itself: the active one looks after an event, the other one when it starts.
      await test.emit(shop.connect('writer'), active.outbox, [1]);
      await eventually(outboxIsEmpty, { intervalMs: 2 });
      const [nextLine, next] = await startOnLine(name);
      await eventually(() => hasLookedForTheLock(name), { intervalMs: 2 });

      await line.down();
      const cutAtMs = performance.now();
      await eventually(() => !active.relay.health().active, { intervalMs: 1 });
      noticedMs.push(performance.now() - cutAtMs);
      await eventually(() => next.relay.health().active, { intervalMs: 5 });
      takenOverMs.push(performance.now() - cutAtMs);
      [line, active] = [nextLine, next];
    }
    expect(Math.min(...noticedMs)).toBeLessThan(200);
    expect(Math.min(...takenOverMs)).toBeLessThan(2_000);
  });

  it('the active one stops in order: the other takes over', async () => {
    const one = startInstance(shop, 'one');
    await eventually(() => one.relay.health().active);
    const two = startInstance(shop, 'two');
    await one.stop();
    expect(one.relay.health().active).toBe(false);
    await eventually(() => two.relay.health().active);
    await two.stop();
  });

  const emitMany = async (numbers: readonly number[]) => {
    const writer = shop.connect('writer');
    const outbox = new Outbox('shop', new OutboxBell(writer));
    for (let from = 0; from < numbers.length; from += 300) {
      await test.emit(writer, outbox, numbers.slice(from, from + 300));
    }
  };
  const cutOffActive = async () =>
    shop.rows('SELECT pg_terminate_backend($1)', [(await activeSession(shop))?.pid]);

  it('loses its session between the acknowledgement and the removal: goes on in the next one, nothing twice', async () => {
    const producer = new InterruptedProducer('interrupted');
    producer.afterAck = async (_, results) => {
      if (producer.calls === 2) await cutOffActive();
      return results;
    };
    const instance = startInstance(shop, 'one', { producer });
    const numbers = upTo(9_000);
    await emitMany(numbers);
    await eventually(outboxIsEmpty, { deadlineMs: 50_000 });
    await instance.stop();
    expect(await test.published()).toEqual(expectedPerKey(test, numbers));
  });

  it('dies between the acknowledgement and the removal: copies, but nothing lost and no key out of order', async () => {
    const producer = new InterruptedProducer('interrupted');
    let bury: () => void = () => undefined;
    const isBuried = new Promise<void>((resolve) => (bury = resolve));
    producer.afterAck = async (_, results) => {
      if (producer.calls === 2) {
        await cutOffActive();
        await isBuried;
      }
      return results;
    };
    startInstance(shop, 'one', { producer });
    shop.onClose(async () => bury());
    const numbers = upTo(9_000);
    await emitMany(numbers);
    await eventually(() => producer.calls === 2);
    startInstance(shop, 'two');
    await eventually(outboxIsEmpty, { deadlineMs: 50_000 });

    const published = await test.published();
    expect([...published.values()].flat().length).toBeGreaterThan(numbers.length);
    for (const [key, expected] of expectedPerKey(test, numbers)) {
      expect(firstOccurrences(published.get(key) ?? [])).toEqual(expected);
    }
  });

  it('part of a batch is not acknowledged: exactly that part stays and is published later, in order', async () => {
    const producer = new InterruptedProducer('partial');
    // The answer for the second half of each partition's records does not arrive at the first call; they are in the topic.
    producer.afterAck = async (records, results) =>
      producer.calls > 1
        ? results
        : results.map((result, i) =>
            i < records.length / 2
              ? result
              : { status: 'rejected', reason: new NotAcceptedError('not in time') },
          );
    const instance = startInstance(shop, 'one', { producer });
    await eventually(() => instance.relay.health().active);
    await test.emit(instance.database, instance.outbox, upTo(100));
    await eventually(outboxIsEmpty);
    await instance.stop();
    for (const [key, expected] of expectedPerKey(test, upTo(100))) {
      const published = (await test.published()).get(key) ?? [];
      const late = expected.filter((number) => number > 50);
      expect(published).toEqual([...expected, ...late]);
    }
  });

  it('one record is refused for good: the others go on, it stays for a person to see, and there is no busy loop', async () => {
    const producer = new InterruptedProducer('refused');
    producer.afterAck = async (records, results) =>
      results.map((result, i) =>
        String(records[i]?.value).includes('"item_count":13}')
          ? { status: 'rejected', reason: new RecordRefusedError('too large') }
          : result,
      );
    const instance = startInstance(shop, 'one', { producer });
    await test.emit(instance.database, instance.outbox, upTo(20));
    await test.emit(instance.database, instance.outbox, upTo(40).slice(20));
    await eventually(async () => {
      const rows = await shop.rows<{ record_count: number; records: string }>('SELECT * FROM shop.outbox');
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({ record_count: 1 });
      expect(rows[0]?.records).toContain('"item_count":13}');
    });
    // Alone, it is tried again after pauses that grow: 100, 200, 400 ms, at least half of each.
    const callsBefore = producer.calls;
    const startedAtMs = performance.now();
    await eventually(() => producer.calls >= callsBefore + 4, { intervalMs: 1 });
    expect(performance.now() - startedAtMs).toBeGreaterThan(300);
    expect(instance.relay.health().failingSinceMs).toBeDefined();
    await instance.stop();
  });

  it('one record of a backlog is refused once: it goes before the rows behind it', async () => {
    const waiting = startInstance(shop, 'waiting');
    await waiting.stop();
    const numbers = upTo(6_000);
    for (let from = 0; from < numbers.length; from += 500) {
      await test.emit(shop.connect('writer'), waiting.outbox, numbers.slice(from, from + 500));
    }
    const producer = new InterruptedProducer('refused-once');
    const sent: string[][] = [];
    producer.afterAck = async (records, results) => {
      sent.push(records.map(({ value }) => /"item_count":(\d+)}/.exec(String(value))?.[1] ?? ''));
      return results.map((result, i) =>
        sent.length === 1 && sent[0]?.[i] === '13'
          ? { status: 'rejected', reason: new RecordRefusedError('not now') }
          : result,
      );
    };
    const instance = startInstance(shop, 'one', { producer });
    await eventually(outboxIsEmpty, { deadlineMs: 50_000 });
    await instance.stop();

    const [first = [], second = []] = sent;
    expect(first.length).toBeLessThan(numbers.length);
    expect(second.slice(0, 2)).toEqual(['13', String(first.length + 1)]);
    expect(sent.flat().toSorted()).toEqual([...numbers.map(String), '13'].toSorted());
  });

  it('the database is cut off while idle: comes back by itself', async () => {
    const instance = startInstance(shop, 'one');
    await eventually(() => instance.relay.health().active);
    expect(await shop.server.terminateConnections('one')).toBeGreaterThan(0);
    await eventually(() => !instance.relay.health().active, { intervalMs: 1 });
    await eventually(() => instance.relay.health().active);
    await test.emit(instance.database, instance.outbox, [1]);
    await eventually(outboxIsEmpty);
    await instance.stop();
  });

  it('no transaction is open while Kafka is waited for', async () => {
    const producer = new InterruptedProducer('slow');
    let release: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (release = resolve));
    producer.afterAck = async (_, results) => {
      await waiting;
      return results;
    };
    const instance = startInstance(shop, 'one', { producer });
    await test.emit(instance.database, instance.outbox, [1]);
    await eventually(() => producer.calls === 1);
    const rows = await shop.rows<{ state: string }>(
      `SELECT DISTINCT state FROM pg_stat_activity WHERE application_name = 'one' AND datname = current_database()`,
    );
    expect(rows).toEqual([{ state: 'idle' }]);
    release();
    await instance.stop();
    await outboxIsEmpty();
  });
});
