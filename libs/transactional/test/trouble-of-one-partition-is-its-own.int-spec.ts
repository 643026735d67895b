import {
  offsetOf,
  PermanentError,
  received,
  recordKeyOf,
  TransientError,
  type HandleEvents,
  type Run,
} from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import type { Database } from '../src/index.ts';
import { newPartition, openShop, orderCreatedAt, SCHEMA, type Shop } from './fixture.ts';
import { APPLIED, Partitions } from './partitions.ts';

describe('several partitions at once, one of them in trouble', () => {
  let shop: Shop;
  let database: Database;
  let group: Partitions;

  beforeAll(async () => {
    shop = await openShop();
    database = shop.connect();
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    group = await Partitions.of(shop, database);
  });

  it('the handler refuses a record of one: that partition hears of it, the others are applied', async () => {
    await group.begin(0, 1, 2);
    const bad = group.run(1, [2, 3]);
    const refusing: HandleEvents = async (events, tx) => {
      const event = events.find(({ event_id }) => event_id === bad.events[1]?.event_id);
      const emissions = await group.note(events, tx);
      if (event !== undefined) throw new PermanentError('conflict', 'no', { event });
      return emissions;
    };
    const [zero, one, two] = await group.applyAll([group.run(0, [2]), bad, group.run(2, [2])], refusing);
    expect([zero, two]).toEqual([APPLIED, APPLIED]);
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'conflict', event: bad.events[1] } });
    expect(await group.stored()).toEqual({ notes: ['0:2', '2:2'], outbox: 2, positions: [3, 2, 3] });
  });

  it('after that it comes alone until it was applied, and then together with the others again', async () => {
    await group.begin(0, 1);
    let isBad = true;
    const moody: HandleEvents = async (events, tx) => {
      const emissions = await group.note(events, tx);
      if (isBad && events.some(({ event_id }) => group.nameOf.get(event_id)?.startsWith('1:')))
        throw new Error('moody');
      return emissions;
    };
    await group.applyAll([group.run(0, [2]), group.run(1, [2])], moody);
    group.calls = [];
    await group.applyAll([group.run(0, [3]), group.run(1, [2])], moody);
    expect(group.calls.sort()).toEqual([['0:3'], ['1:2']]);
    isBad = false;
    group.calls = [];
    await group.applyAll([group.run(0, [4]), group.run(1, [2])], moody);
    expect(group.calls.sort()).toEqual([['0:4'], ['1:2']]);
    group.calls = [];
    await group.applyAll([group.run(0, [5]), group.run(1, [3])], moody);
    expect(group.calls).toEqual([['0:5', '1:3']]);
    expect((await group.stored()).positions).toEqual([6, 4]);
  });

  it('it is narrowed to its bad half: that comes alone, too, although the good half was applied', async () => {
    await group.begin(0, 1);
    const refusing: HandleEvents = async (events, tx) => {
      const emissions = await group.note(events, tx);
      if (events.some(({ event_id }) => group.nameOf.get(event_id) === '1:3')) throw new Error('no');
      return emissions;
    };
    const both = group.run(1, [2, 3]);
    await group.applyAll([group.run(0, [2]), both], refusing);
    const half = (at: number): Run => ({
      ...both,
      ...{ firstOffset: at, nextOffset: at + 1, events: both.events.slice(at - 2, at - 1) },
    });
    expect(await group.applyAll([half(2)], refusing)).toEqual([APPLIED]);
    group.calls = [];
    await group.applyAll([group.run(0, [3]), half(3)], refusing);
    await group.applyAll([group.run(0, [4]), half(3)]);
    const two = (from: number): string[][] => group.calls.slice(from, from + 2).sort();
    expect([two(0), two(2)]).toEqual([
      [['0:3'], ['1:3']],
      [['0:4'], ['1:3']],
    ]);
    group.calls = [];
    await group.applyAll([group.run(0, [5]), group.run(1, [4])]);
    expect(group.calls).toEqual([['0:5', '1:4']]);
  });

  it('one waits for something that passes: the others are applied at once', async () => {
    await group.begin(0, 1);
    const waiting: HandleEvents = async (events, tx) => {
      const emissions = await group.note(events, tx);
      if (events.some(({ event_id }) => group.nameOf.get(event_id)?.startsWith('1:')))
        throw new TransientError('order-appeared', 'appeared');
      return emissions;
    };
    expect(await group.applyAll([group.run(0, [2]), group.run(1, [2])], waiting)).toEqual([
      APPLIED,
      { status: 'rejected', reason: expect.objectContaining({ code: 'order-appeared' }) as unknown },
    ]);
    expect((await group.stored()).positions).toEqual([3, 2]);
  });

  it('some records of one were handled by a database that is gone: they come alone', async () => {
    await group.begin(0, 1);
    const replayed = group.run(1, [2]);
    for (const event of replayed.events)
      received(event, {
        offset: 2,
        key: recordKeyOf(event) ?? null,
        traceparent: undefined,
        wasHandledBefore: true,
      });
    expect(await group.applyAll([group.run(0, [2]), replayed])).toEqual([APPLIED, APPLIED]);
    expect(group.calls.sort()).toEqual([['0:2'], ['1:2']]);
  });

  it('given up while it waits for its turn: not begun, unless the brokers hold a dead letter of it', async () => {
    let [begun, isStopping] = [0, false];
    const busy: HandleEvents = async () => {
      begun += 1;
      await eventually(() => isStopping);
    };
    const alone = { sourceTopic: 'orders', shouldStop: () => isStopping };
    const inFront = group.applyAll(
      [0, 1, 2].map((partition) => group.run(partition, [0], alone)),
      busy,
    );
    await eventually(() => begun === 3);
    const letter = { offset: 0, key: null, reason: 'permanent' as const };
    const waiting = group.applyAll([
      group.run(3, [0], alone),
      group.run(4, [], { ...alone, nextOffset: 1, dead: [letter] }),
    ]);
    isStopping = true;
    await inFront;
    expect(await waiting).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: 'stopping' }) as unknown },
      APPLIED,
    ]);
    expect(group.calls).toEqual([]);
  });

  it('the database is away: all hear of it, nothing is changed, and each comes alone next', async () => {
    await group.begin(0, 1);
    const away: HandleEvents = async (events, tx) => {
      await group.note(events, tx);
      throw new TransientError('database-unreachable', 'away');
    };
    const results = await group.applyAll([group.run(0, [2]), group.run(1, [2])], away);
    expect(results).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: 'database-unreachable' }) as unknown },
      { status: 'rejected', reason: expect.objectContaining({ code: 'database-unreachable' }) as unknown },
    ]);
    expect(group.calls).toEqual([['0:2', '1:2']]);
    expect(await group.stored()).toEqual({ notes: [], outbox: 0, positions: [2, 2] });
    group.calls = [];
    expect(await group.applyAll([group.run(0, [2]), group.run(1, [2])])).toEqual([APPLIED, APPLIED]);
    expect(group.calls.sort()).toEqual([['0:2'], ['1:2']]);
  });

  it('somebody holds the position of one: the others do not wait for it', async () => {
    await group.begin(0, 1);
    const zombie = group.shop.connect('zombie');
    const [locked, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const held = zombie.transaction(async (tx) => {
      await tx.query('SELECT FROM consumer_positions WHERE topic = $1 AND partition = 1 FOR UPDATE', [
        group.topic,
      ]);
      locked.resolve();
      await letGo.promise;
    });
    await locked.promise;
    const [zero, one] = [group.run(0, [2]), group.run(1, [2])].map((each) =>
      group.effects.apply(each, group.note),
    );
    const startedAtMs = performance.now();
    expect(await zero).toEqual({ kind: 'applied' });
    const waitedMs = performance.now() - startedAtMs;
    letGo.resolve();
    await held;
    expect(await one).toEqual({ kind: 'applied' });
    expect(group.calls).toEqual([['0:2'], ['1:2']]);
    // A wait for a lock is given up after 10 s.
    expect(waitedMs).toBeLessThan(9_000);
  });

  describe('one has an open record', () => {
    const dead = (offset: number) => orderCreatedAt(offset);
    const letterOf = (event: ReturnType<typeof dead>) => ({
      offset: offsetOf(event),
      key: recordKeyOf(event) as Buffer,
      reason: 'permanent' as const,
    });
    const ordered = { ordered: true };

    it('it is noted as open together with the position of its own partition, whoever comes along', async () => {
      await group.begin(0, 1);
      const letter = letterOf(dead(2));
      const bounds = { firstOffset: 2, nextOffset: 3 };
      expect(
        await group.applyAll([group.run(0, [2]), group.run(1, [], { ...bounds, dead: [letter] })]),
      ).toEqual([APPLIED, APPLIED]);
      const rows = await group.shop.rows(`SELECT partition, record_offset FROM ${SCHEMA}.dead_letters`);
      expect(rows).toEqual([{ partition: 1, record_offset: '2' }]);
    });

    /** An instance that begins now finds an open record at 1/2. */
    async function beginWithOpen(): Promise<ReturnType<typeof dead>> {
      await group.begin(0, 1);
      const open = dead(2);
      await group.effects.apply(
        { ...group.run(1, []), firstOffset: 2, nextOffset: 3, dead: [letterOf(open)], ...ordered },
        group.note,
      );
      group.restart();
      return open;
    }

    it('its successors are parked, the others are applied', async () => {
      const open = await beginWithOpen();
      const behind = orderCreatedAt(3, undefined, open.payload.order_id);
      group.nameOf.set(behind.event_id, 'behind');
      const [zero, one] = await group.applyAll([
        group.run(0, [2], ordered),
        group.run(1, [], { firstOffset: 3, nextOffset: 4, events: [behind], ...ordered }),
      ]);
      expect(zero).toEqual(APPLIED);
      expect(one).toMatchObject({
        value: {
          kind: 'parked',
          behind: new Map([[behind, { topic: group.topic, partition: 1, offset: 2 }]]),
        },
      });
    });

    it('what somebody put on the retry topic is held up by it, too', async () => {
      const open = await beginWithOpen();
      const retry = newPartition().topic;
      const behind = orderCreatedAt(0, undefined, open.payload.order_id);
      group.nameOf.set(behind.event_id, 'behind');
      const ofRetry = {
        ...group.run(1, [], { events: [behind], nextOffset: 1, ...ordered }),
        topic: retry,
        sourceTopic: group.topic,
      };
      await group.effects.apply({ ...ofRetry, events: [], nextOffset: 0 }, group.note);
      group.restart();
      const [zero, one] = await group.applyAll([group.run(0, [2], ordered), ofRetry]);
      expect(zero).toEqual(APPLIED);
      expect(one).toMatchObject({ value: { kind: 'parked' } });
    });

    it('the partition comes alone as long as that is open, and then together with the others again', async () => {
      await beginWithOpen();
      await group.applyAll([group.run(0, [2], ordered), group.run(1, [3], ordered)]);
      group.calls = [];
      await group.applyAll([group.run(0, [3], ordered), group.run(1, [4], ordered)]);
      expect(group.calls.sort()).toEqual([['0:3'], ['1:4']]);
      await group.shop.rows(`TRUNCATE ${SCHEMA}.dead_letters`);
      await group.applyAll([group.run(1, [5], ordered)]);
      group.calls = [];
      await group.applyAll([group.run(0, [4], ordered), group.run(1, [6], ordered)]);
      expect(group.calls).toEqual([['0:4', '1:6']]);
    });

    it('records of it that are nobody’s business move its position along with the others’', async () => {
      await beginWithOpen();
      await group.applyAll([
        group.run(0, [2], ordered),
        group.run(1, [], { firstOffset: 3, nextOffset: 9, ...ordered }),
      ]);
      const rows = await group.shop.rows(
        `SELECT next_offset FROM ${SCHEMA}.consumer_positions WHERE topic = $1
            AND xmin = (SELECT xmin FROM ${SCHEMA}.effects) ORDER BY partition`,
        [group.topic],
      );
      expect(rows).toEqual([{ next_offset: '3' }, { next_offset: '9' }]);
    });
  });
});
