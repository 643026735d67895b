import {
  emit,
  orderConfirmed,
  retryRecord,
  TransientError,
  uuidv7,
  type HandleEvents,
  type RedrivenRun,
} from '@orderstream/events';
import type { KafkaMessage } from 'kafkajs';
import type { PostgresEffects } from '../src/index.ts';
import { DeadLetterTest } from './dead-letter-fixture.ts';
import {
  confirmation,
  newPartition,
  positionIn,
  openShop,
  orderCreatedAt,
  runOf,
  type Shop,
} from './fixture.ts';
import { Line } from './line.ts';

const KEY = Buffer.from('a key');

describe('the store: a record that was handed back', () => {
  let shop: Shop;
  let effects: PostgresEffects;
  let source: ReturnType<typeof newPartition>;
  let calls: number;

  beforeAll(async () => {
    shop = await openShop();
    effects = shop.effects(shop.connect());
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    source = newPartition();
    calls = 0;
    await shop.rows('TRUNCATE shop.outbox, shop.dead_letters');
  });

  const handle: HandleEvents = async (events) => {
    calls += 1;
    return events.map((event) => emit(orderConfirmed, confirmation(), event));
  };
  const failing: HandleEvents = async () => {
    throw new Error('no');
  };

  /** The record at offset 5 of the source dies; those at `successors` are parked. */
  const die = (successors: readonly number[] = []) =>
    effects.apply(
      {
        ...runOf(source, [], { firstOffset: 0, nextOffset: 10 }),
        dead: [
          { offset: 5, key: KEY, reason: 'permanent' },
          ...successors.map((offset) => ({ offset, key: KEY, reason: 'parked-behind' as const })),
        ],
      },
      handle,
    );
  /** A copy of it on the retry topic, at `offset` there. */
  const copy = (offset: number, change: Partial<RedrivenRun> = {}): RedrivenRun => ({
    ...runOf({ ...source, topic: `${source.topic}.worker.retry` }, [offset]),
    original: { topic: source.topic, partition: 0, offset: 5 },
    redriveCount: 1,
    ordered: true,
    sourceTopic: source.topic,
    fate: { kind: 'handle' },
    ...change,
  });
  const seen = async () => {
    const [outbox] = await shop.rows<{ n: number }>(
      'SELECT coalesce(sum(record_count), 0)::int AS n FROM shop.outbox',
    );
    const open = await shop.rows<{ text: string }>(
      `SELECT record_offset || ': ' || reason || ' @ ' || redrive_count AS text FROM shop.dead_letters ORDER BY record_offset`,
    );
    const retryPosition = await positionIn(effects, { ...source, topic: `${source.topic}.worker.retry` });
    return { calls, outbox: outbox?.n, open: open.map(({ text }) => text), retryPosition };
  };

  it('two copies, as two operators leave them: the first is handled, the second changes nothing', async () => {
    await die();
    expect(await effects.applyRedriven(copy(0), handle)).toEqual({ kind: 'applied' });
    expect(await effects.applyRedriven(copy(1), handle)).toEqual({ kind: 'duplicate' });
    expect(await seen()).toEqual({ calls: 1, outbox: 1, open: [], retryPosition: 2 });
  });

  it('the same record at two instances at once: one handles it', async () => {
    await die();
    const other = shop.effects(shop.connect('other'));
    const results = await Promise.all([effects, other].map((one) => one.applyRedriven(copy(0), handle)));
    expect(results.map(({ kind }) => kind).sort()).toEqual(['applied', 'moved-on']);
    expect(await seen()).toEqual({ calls: 1, outbox: 1, open: [], retryPosition: 1 });
  });

  it('two copies on two partitions at once, as a tool that chose the partition itself leaves them: one is handled', async () => {
    await die();
    const other = shop.effects(shop.connect('other'));
    const results = await Promise.all([
      effects.applyRedriven(copy(0), handle),
      other.applyRedriven(copy(0, { partition: 1 }), handle),
    ]);
    expect(results.map(({ kind }) => kind).sort()).toEqual(['applied', 'duplicate']);
    expect(await seen()).toMatchObject({ calls: 1, outbox: 1, open: [] });
  });

  it('the handler fails: it stays open, nothing is kept, the next attempt is the first one', async () => {
    await die();
    await expect(effects.applyRedriven(copy(0), failing)).rejects.toThrow('no');
    expect(await seen()).toEqual({
      calls: 0,
      outbox: 0,
      open: ['5: permanent @ 0'],
      retryPosition: undefined,
    });
    expect(await effects.applyRedriven(copy(0), handle)).toEqual({ kind: 'applied' });
    expect(await seen()).toEqual({ calls: 1, outbox: 1, open: [], retryPosition: 1 });
  });

  it('the answer to COMMIT is lost: an outage, and then the position is found moved', async () => {
    await die();
    let isCommitting = false;
    const line = new Line(shop.server.url, {
      fate: (from, data) => {
        if (from === 'client') isCommitting ||= data.includes('COMMIT');
        return from === 'server' && isCommitting && data.includes('COMMIT') ? 'cut' : 'passes';
      },
    });
    await line.up();
    shop.onClose(() => line.down());
    const unlucky = shop.effects(shop.connect('unlucky', line.url));
    await expect(unlucky.applyRedriven(copy(0), handle)).rejects.toBeInstanceOf(TransientError);
    expect(await effects.applyRedriven(copy(0), handle)).toEqual({ kind: 'moved-on', position: 1 });
    expect(await seen()).toEqual({ calls: 1, outbox: 1, open: [], retryPosition: 1 });
  });

  it('died again, and a copy of the older redrive comes behind it: a duplicate; of the newer one: handled', async () => {
    await die();
    const dead = copy(0, { fate: { kind: 'dead', reason: 'conflict' } });
    expect(await effects.applyRedriven(dead, handle)).toEqual({ kind: 'applied' });
    expect(await effects.applyRedriven(copy(1), handle)).toEqual({ kind: 'duplicate' });
    expect(await seen()).toEqual({ calls: 0, outbox: 0, open: ['5: conflict @ 1'], retryPosition: 2 });
    expect(await effects.applyRedriven(copy(2, { redriveCount: 2 }), handle)).toEqual({ kind: 'applied' });
    expect(await seen()).toEqual({ calls: 1, outbox: 1, open: [], retryPosition: 3 });
  });

  it('discarded: gone without being handled, and a copy behind it is a duplicate', async () => {
    await die();
    expect(await effects.applyRedriven(copy(0, { fate: { kind: 'close' } }), handle)).toEqual({
      kind: 'applied',
    });
    expect(await effects.applyRedriven(copy(1), handle)).toEqual({ kind: 'duplicate' });
    expect(await seen()).toEqual({ calls: 0, outbox: 0, open: [], retryPosition: 2 });
  });

  it('behind an open one of its key: parked again, nothing changed', async () => {
    await die([7]);
    const successor = copy(0, { original: { topic: source.topic, partition: 0, offset: 7 } });
    const behind = { topic: source.topic, partition: 0, offset: 5 };
    expect(await effects.applyRedriven(successor, handle)).toEqual({ kind: 'parked', behind });
    expect(await seen()).toMatchObject({ calls: 0, retryPosition: undefined });
    expect(await effects.applyRedriven({ ...successor, ordered: false }, handle)).toEqual({
      kind: 'applied',
    });
  });

  it('the database was restored to before the record died: waits until the group has been there again', async () => {
    expect(await effects.applyRedriven(copy(0), handle)).toEqual({
      kind: 'early',
      sourcePosition: undefined,
    });
    await effects.apply(runOf(source, [], { firstOffset: 0, nextOffset: 5 }), handle);
    expect(await effects.applyRedriven(copy(0), handle)).toEqual({ kind: 'early', sourcePosition: 5 });
    expect(await seen()).toEqual({ calls: 0, outbox: 0, open: [], retryPosition: undefined });
    await effects.apply(
      {
        ...runOf(source, [], { firstOffset: 5, nextOffset: 6 }),
        dead: [{ offset: 5, key: KEY, reason: 'permanent' }],
      },
      handle,
    );
    expect(await effects.applyRedriven(copy(0), handle)).toEqual({ kind: 'applied' });
    expect(await seen()).toEqual({ calls: 1, outbox: 1, open: [], retryPosition: 1 });
  });

  it('its handler has no natural key and has handled the event by another record: not handled twice, and open no longer', async () => {
    const event = orderCreatedAt(0);
    await effects.apply({ ...runOf(newPartition(), [0]), events: [event], dedupe: 'event-id' }, handle);
    await die();
    const run = copy(0, { events: [event], dedupe: 'event-id' });
    expect(await effects.applyRedriven(run, handle)).toEqual({ kind: 'applied' });
    expect(await seen()).toMatchObject({ calls: 1, open: [] });
  });

  it('the position is set back by hand: what is open is left to its retry record, what follows it is parked', async () => {
    const orderId = uuidv7();
    const key = Buffer.from(orderId);
    const dying = { ...runOf(source, [], { firstOffset: 0, nextOffset: 10 }) };
    await effects.apply({ ...dying, dead: [{ offset: 5, key, reason: 'permanent' }] }, handle);
    await shop.rows('UPDATE shop.consumer_positions SET next_offset = 4 WHERE topic = $1', [source.topic]);
    const at = (offset: number) => orderCreatedAt(offset, undefined, orderId);
    const [dead, successor, other] = [at(5), at(6), orderCreatedAt(7)];
    const run = { ...runOf(source, [], { firstOffset: 4, nextOffset: 8 }), ordered: true };
    const result = await effects.apply({ ...run, events: [dead, successor, other] }, handle);
    const behind = { topic: source.topic, partition: 0, offset: 5 };
    expect(result).toEqual({ kind: 'parked', behind: new Map([[successor, behind]]) });
    const handled: unknown[] = [];
    const again = effects.apply(
      { ...run, events: [dead, other], dead: [{ offset: 6, key, reason: 'parked-behind' }] },
      async (events) => void handled.push(...events),
    );
    expect(await again).toEqual({ kind: 'applied' });
    expect(handled).toEqual([other]);
    expect((await seen()).open).toEqual(['5: permanent @ 0', '6: parked-behind @ 0']);
  });

  it('the topic was recreated, and rows of the old one are left: another key at their offset is another record', async () => {
    await die();
    await shop.rows('DELETE FROM shop.consumer_positions WHERE topic = $1', [source.topic]);
    expect(await effects.apply({ ...runOf(source, [5]), ordered: true }, handle)).toEqual({
      kind: 'applied',
    });
    expect(await seen()).toMatchObject({ calls: 1, outbox: 1, open: ['5: permanent @ 0'] });
    await shop.rows('DELETE FROM shop.consumer_positions WHERE topic = $1', [source.topic]);
    const dead = [{ offset: 5, key: Buffer.from('another key'), reason: 'conflict' as const }];
    await effects.apply({ ...runOf(source, [], { firstOffset: 5, nextOffset: 6 }), dead }, handle);
    expect((await seen()).open).toEqual(['5: conflict @ 0']);
  });

  it('a run whose beginning is behind us: what it gave up there is not opened again', async () => {
    await die();
    await effects.applyRedriven(copy(0), handle);
    const late = {
      ...runOf(source, [], { firstOffset: 0, nextOffset: 12 }),
      dead: [5, 11].map((offset) => ({ offset, key: null, reason: 'not-json' as const })),
    };
    expect(await effects.apply(late, handle)).toEqual({ kind: 'applied' });
    expect((await seen()).open).toEqual(['11: not-json @ 0']);
  });
});

describe('the engine: a record that was handed back', () => {
  let test: DeadLetterTest;
  beforeEach(async () => {
    test = await DeadLetterTest.open();
    test.failing.add('a1');
    await test.send('a1', 'b1');
    await test.start();
    await test.caughtUp();
    test.failing.clear();
  });
  afterEach(() => test.close());

  it('three copies, the first attempt dies in the middle of its transaction: one effect', async () => {
    let crashes = 0;
    test.afterEffect = async () => {
      if ((crashes += 1) === 1) await test.shop.server.terminateConnections('shop');
    };
    await Promise.all([test.redrive([0]), test.redrive([0])]);
    const [letter] = await test.deadLetters();
    await test.producer.send(retryRecord(letter as KafkaMessage));
    await test.caughtUp();
    expect(crashes).toBe(2);
    expect(await test.handled()).toEqual(['b1', 'a1']);
    expect(await test.open()).toEqual([]);
  }, 90_000);

  it('the operator’s tool dies between retry record and resolution: open still, handed back once more, one effect', async () => {
    const [letter] = await test.deadLetters();
    await test.producer.send(retryRecord(letter as KafkaMessage));
    await test.caughtUp();
    expect(await test.states()).toEqual({ 0: 'open' });
    await test.redrive([0]);
    await test.caughtUp();
    expect(await test.handled()).toEqual(['b1', 'a1']);
    expect(await test.states()).toEqual({ 0: 'redriven' });
  }, 90_000);

  it.each([
    ['dies there once more', true],
    ['does not die any more', false],
  ])(
    'the database is restored to before all that, and the record %s: one effect in what is left',
    async (_, again) => {
      await test.redrive([0]);
      await test.caughtUp();
      await test.stop();
      await test.shop.rows('TRUNCATE shop.consumer_positions, shop.dead_letters, shop.handled');
      // Dies on the source topic, succeeds when it comes from the retry topic, in whichever order they are read.
      if (again) test.failing.add('a1');
      test.afterEffect = async (label) => label === 'b1' && test.failing.clear();
      await test.start();
      // What wakes an idle partition: the next record.
      await test.sendRecords([test.record('b2'), { ...test.record('c1'), topic: test.retryTopic }]);
      await test.caughtUp();
      expect((await test.handled()).sort()).toEqual(['a1', 'b1', 'b2', 'c1']);
      expect(await test.open()).toEqual([]);
    },
    90_000,
  );

  it('put on the retry topic by hand, without any of our headers: handled as a record of its own; parked while its key waits', async () => {
    const byHand = { ...test.record('c1'), topic: test.retryTopic };
    await test.sendRecords([byHand, { ...test.record('a2'), topic: test.retryTopic }]);
    await test.caughtUp();
    expect(await test.handled()).toEqual(['b1', 'c1']);
    expect(await test.open()).toEqual(['0: permanent @ 0', '1: parked-behind @ 0']);
    await test.redrive([0, 1]);
    await test.caughtUp();
    expect(await test.handled()).toEqual(['b1', 'c1', 'a1', 'a2']);
    expect(await test.open()).toEqual([]);
  }, 90_000);
});
