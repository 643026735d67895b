import {
  emit,
  offsetOf,
  orderConfirmed,
  PermanentError,
  received,
  recordKeyOf,
  TransientError,
  type HandleEvents,
  type Run,
  type RunResult,
} from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import type { Database, PostgresEffects, Transaction } from '../src/index.ts';
import { confirmation, newPartition, openShop, orderCreatedAt, runOf, SCHEMA, type Shop } from './fixture.ts';

describe('runs of several partitions at once', () => {
  let shop: Shop;
  let database: Database;
  let effects: PostgresEffects;
  let topic: string;
  /** Offsets that each call of the handler got, as `partition:offset`. */
  let calls: string[][];
  let nameOf: Map<string, string>;

  beforeAll(async () => {
    shop = await openShop();
    database = shop.connect();
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    effects = shop.effects(database);
    ({ topic } = newPartition());
    calls = [];
    nameOf = new Map();
    await shop.rows(`TRUNCATE ${SCHEMA}.effects, ${SCHEMA}.outbox, ${SCHEMA}.dead_letters`);
  });

  function run(partition: number, offsets: readonly number[], more: Partial<Run> = {}): Run {
    const events = offsets.map((offset) => orderCreatedAt(offset));
    for (const event of events) nameOf.set(event.event_id, `${partition}:${offsetOf(event)}`);
    return { ...runOf({ group: 'worker', topic, partition }, offsets), events, ...more };
  }

  const note: HandleEvents = async (events, tx) => {
    const names = events.map(({ event_id }) => nameOf.get(event_id) as string);
    calls.push(names);
    for (const name of names)
      await (tx as Transaction).query('INSERT INTO effects (note) VALUES ($1)', [name]);
    return events.map((event) => emit(orderConfirmed, confirmation(), event));
  };
  const applyAll = (runs: readonly Run[], handle: HandleEvents = note) =>
    Promise.allSettled(runs.map((one) => effects.apply(one, handle)));
  const applied = { status: 'fulfilled', value: { kind: 'applied' } satisfies RunResult };

  /** Every partition has a position and has been seen to be well. */
  async function begin(...partitions: number[]): Promise<void> {
    for (const offset of [0, 1]) await applyAll(partitions.map((partition) => run(partition, [offset])));
    calls = [];
    await shop.rows(`TRUNCATE ${SCHEMA}.effects, ${SCHEMA}.outbox`);
  }

  async function stored() {
    const notes = await shop.rows<{ note: string }>(`SELECT note FROM ${SCHEMA}.effects ORDER BY note`);
    const [outbox] = await shop.rows<{ n: string }>(
      `SELECT coalesce(sum(record_count), 0) AS n FROM ${SCHEMA}.outbox`,
    );
    const positions = await effects.readPositions('worker', [topic]);
    const byPartition = positions.sort((one, other) => one.partition - other.partition);
    return {
      notes: notes.map((row) => row.note),
      outbox: Number(outbox?.n),
      positions: byPartition.map(({ nextOffset }) => nextOffset),
    };
  }

  /** How many transactions wrote the effects. */
  async function transactions(): Promise<number> {
    const [row] = await shop.rows<{ n: string }>(
      `SELECT count(DISTINCT xmin::text) AS n FROM ${SCHEMA}.effects`,
    );
    return Number(row?.n);
  }

  it('all is well: one transaction, one call, each partition in its order', async () => {
    await begin(0, 1, 2);
    expect(await applyAll([run(2, [2, 3]), run(0, [2]), run(1, [2, 3])])).toEqual([
      applied,
      applied,
      applied,
    ]);
    expect(calls).toEqual([['2:2', '2:3', '0:2', '1:2', '1:3']]);
    expect(await transactions()).toBe(1);
    expect(await stored()).toEqual({
      notes: ['0:2', '1:2', '1:3', '2:2', '2:3'],
      outbox: 5,
      positions: [3, 4, 4],
    });
  });

  it('partitions that were never seen before: applied all the same', async () => {
    expect(await applyAll([run(0, [7]), run(1, [8])])).toEqual([applied, applied]);
    expect(await stored()).toEqual({ notes: ['0:7', '1:8'], outbox: 2, positions: [8, 9] });
  });

  it('some of them without events: their positions move, the handler gets the others', async () => {
    await begin(0, 1, 2);
    const results = await applyAll([run(0, [], { firstOffset: 2, nextOffset: 9 }), run(1, [2]), run(2, [2])]);
    expect(results).toEqual([applied, applied, applied]);
    expect(calls).toEqual([['1:2', '2:2']]);
    expect((await stored()).positions).toEqual([9, 3, 3]);
  });

  it('none of them has events, and one does not follow on: the others’ positions move, that one’s does not', async () => {
    await begin(0, 1, 2);
    const results = await applyAll([
      run(0, [], { firstOffset: 2, nextOffset: 9 }),
      run(1, [], { firstOffset: 5, nextOffset: 9 }),
      run(2, [], { firstOffset: 2, nextOffset: 9 }),
    ]);
    expect(results).toEqual([
      applied,
      { status: 'fulfilled', value: { kind: 'behind', position: 2 } },
      applied,
    ]);
    expect({ calls, positions: (await stored()).positions }).toEqual({ calls: [], positions: [9, 2, 9] });
  });

  it('one was applied before, one comes from the future, one is half old: each hears of its own, nothing is done twice', async () => {
    await begin(0, 1, 2, 3);
    await applyAll([run(0, [2, 3]), run(2, [2])]);
    calls = [];
    const results = await applyAll([run(0, [2, 3]), run(1, [5]), run(2, [2, 3]), run(3, [2])]);
    expect(results).toEqual([
      { status: 'fulfilled', value: { kind: 'moved-on', position: 4 } },
      { status: 'fulfilled', value: { kind: 'behind', position: 2 } },
      applied,
      applied,
    ]);
    expect(calls).toEqual([['2:3'], ['3:2']]);
    expect(await stored()).toEqual({
      notes: ['0:2', '0:3', '2:2', '2:3', '3:2'],
      outbox: 5,
      positions: [4, 2, 4, 3],
    });
  });

  it('two runs of the same partition, as of a member and its successor: one is applied, the other one hears that it was', async () => {
    await begin(0, 1);
    const results = await applyAll([run(0, [2, 3]), run(1, [2]), run(0, [2, 3])]);
    expect(results).toEqual(
      expect.arrayContaining([applied, { status: 'fulfilled', value: { kind: 'moved-on', position: 4 } }]),
    );
    expect(await stored()).toEqual({ notes: ['0:2', '0:3', '1:2'], outbox: 3, positions: [4, 3] });
  });

  it('the handler refuses a record of one: that partition hears of it, the others are applied', async () => {
    await begin(0, 1, 2);
    const bad = run(1, [2, 3]);
    const refusing: HandleEvents = async (events, tx) => {
      const event = events.find(({ event_id }) => event_id === bad.events[1]?.event_id);
      const emissions = await note(events, tx);
      if (event !== undefined) throw new PermanentError('conflict', 'no', { event });
      return emissions;
    };
    const [zero, one, two] = await applyAll([run(0, [2]), bad, run(2, [2])], refusing);
    expect([zero, two]).toEqual([applied, applied]);
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'conflict', event: bad.events[1] } });
    expect(await stored()).toEqual({ notes: ['0:2', '2:2'], outbox: 2, positions: [3, 2, 3] });
  });

  it('after that it comes alone until it was applied, and then together with the others again', async () => {
    await begin(0, 1);
    let isBad = true;
    const moody: HandleEvents = async (events, tx) => {
      const emissions = await note(events, tx);
      if (isBad && events.some(({ event_id }) => nameOf.get(event_id)?.startsWith('1:')))
        throw new Error('moody');
      return emissions;
    };
    await applyAll([run(0, [2]), run(1, [2])], moody);
    calls = [];
    await applyAll([run(0, [3]), run(1, [2])], moody);
    expect(calls.sort()).toEqual([['0:3'], ['1:2']]);
    isBad = false;
    calls = [];
    await applyAll([run(0, [4]), run(1, [2])], moody);
    expect(calls.sort()).toEqual([['0:4'], ['1:2']]);
    calls = [];
    await applyAll([run(0, [5]), run(1, [3])], moody);
    expect(calls).toEqual([['0:5', '1:3']]);
    expect((await stored()).positions).toEqual([6, 4]);
  });

  it('it is narrowed to its bad half: that comes alone, too, although the good half was applied', async () => {
    await begin(0, 1);
    const refusing: HandleEvents = async (events, tx) => {
      const emissions = await note(events, tx);
      if (events.some(({ event_id }) => nameOf.get(event_id) === '1:3')) throw new Error('no');
      return emissions;
    };
    const both = run(1, [2, 3]);
    await applyAll([run(0, [2]), both], refusing);
    const half = (at: number): Run => ({
      ...both,
      ...{ firstOffset: at, nextOffset: at + 1, events: both.events.slice(at - 2, at - 1) },
    });
    expect(await applyAll([half(2)], refusing)).toEqual([applied]);
    calls = [];
    await applyAll([run(0, [3])], refusing);
    await applyAll([half(3)], refusing);
    await applyAll([run(0, [4]), half(3)]);
    expect([...calls.slice(0, 2), ...calls.slice(2).sort()]).toEqual([['0:3'], ['1:3'], ['0:4'], ['1:3']]);
    calls = [];
    await applyAll([run(0, [5]), run(1, [4])]);
    expect(calls).toEqual([['0:5', '1:4']]);
  });

  it('one waits for something that passes: the others are applied at once', async () => {
    await begin(0, 1);
    const waiting: HandleEvents = async (events, tx) => {
      const emissions = await note(events, tx);
      if (events.some(({ event_id }) => nameOf.get(event_id)?.startsWith('1:')))
        throw new TransientError('order-appeared', 'appeared');
      return emissions;
    };
    expect(await applyAll([run(0, [2]), run(1, [2])], waiting)).toEqual([
      applied,
      { status: 'rejected', reason: expect.objectContaining({ code: 'order-appeared' }) as unknown },
    ]);
    expect((await stored()).positions).toEqual([3, 2]);
  });

  it('some records of one were handled by a database that is gone: they come alone', async () => {
    await begin(0, 1);
    const replayed = run(1, [2]);
    for (const event of replayed.events)
      received(event, {
        offset: 2,
        key: recordKeyOf(event) ?? null,
        traceparent: undefined,
        wasHandledBefore: true,
      });
    expect(await applyAll([run(0, [2]), replayed])).toEqual([applied, applied]);
    expect(calls.sort()).toEqual([['0:2'], ['1:2']]);
  });

  it('it waits for its turn alone, and its partition is given up meanwhile: it is not begun', async () => {
    await begin(0);
    const stopped = run(1, [0], { dead: [], sourceTopic: 'orders', shouldStop: () => true });
    await expect(effects.apply(stopped, note)).rejects.toMatchObject({ code: 'stopping' });
    expect(calls).toEqual([]);
  });

  it('the database is away: all hear of it, nothing is changed, and each comes alone next', async () => {
    await begin(0, 1);
    const away: HandleEvents = async (events, tx) => {
      await note(events, tx);
      throw new TransientError('database-unreachable', 'away');
    };
    const results = await applyAll([run(0, [2]), run(1, [2])], away);
    expect(results).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: 'database-unreachable' }) as unknown },
      { status: 'rejected', reason: expect.objectContaining({ code: 'database-unreachable' }) as unknown },
    ]);
    expect(calls).toEqual([['0:2', '1:2']]);
    expect(await stored()).toEqual({ notes: [], outbox: 0, positions: [2, 2] });
    calls = [];
    expect(await applyAll([run(0, [2]), run(1, [2])])).toEqual([applied, applied]);
    expect(calls.sort()).toEqual([['0:2'], ['1:2']]);
  });

  it('somebody holds the position of one: the others do not wait for it', async () => {
    await begin(0, 1);
    const zombie = shop.connect('zombie');
    let letGo: () => void = () => undefined;
    const held = zombie.transaction(async (tx) => {
      await tx.query('SELECT FROM consumer_positions WHERE topic = $1 AND partition = 1 FOR UPDATE', [topic]);
      await new Promise<void>((resolve) => (letGo = resolve));
    });
    await eventually(async () => expect(await shop.rows(HELD)).toHaveLength(1));
    const [zero, one] = [run(0, [2]), run(1, [2])].map((each) => effects.apply(each, note));
    expect(await zero).toEqual({ kind: 'applied' });
    letGo();
    await held;
    expect(await one).toEqual({ kind: 'applied' });
    expect(calls).toEqual([['0:2'], ['1:2']]);
  });

  it('one has an open record: its successors are parked, the others are applied; it comes alone as long as that is open', async () => {
    await begin(0, 1);
    const dead = orderCreatedAt(2);
    const letter = { offset: 2, key: Buffer.from(dead.payload.order_id), reason: 'permanent' as const };
    await effects.apply(
      { ...run(1, []), firstOffset: 2, nextOffset: 3, dead: [letter], ordered: true },
      note,
    );
    const behind = orderCreatedAt(3, undefined, dead.payload.order_id);
    const [zero, one] = await applyAll([
      run(0, [2], { ordered: true }),
      run(1, [], { firstOffset: 3, nextOffset: 4, events: [behind], ordered: true }),
    ]);
    expect(zero).toEqual(applied);
    expect(one).toMatchObject({
      value: { kind: 'parked', behind: new Map([[behind, { topic, partition: 1, offset: 2 }]]) },
    });
    calls = [];
    await applyAll([run(0, [3], { ordered: true }), run(1, [3], { ordered: true })]);
    expect(calls.sort()).toEqual([['0:3'], ['1:3']]);
    await shop.rows(`TRUNCATE ${SCHEMA}.dead_letters`);
    await applyAll([run(1, [4], { ordered: true })]);
    calls = [];
    await applyAll([run(0, [4], { ordered: true }), run(1, [5], { ordered: true })]);
    expect(calls).toEqual([['0:4', '1:5']]);
  });

  it('an event that reached two partitions, deduped by its id: handled once', async () => {
    await begin(0, 1);
    const twice = run(0, [2], { dedupe: 'event-id' });
    await applyAll([twice, { ...twice, partition: 1 }]);
    expect(calls).toEqual([['0:2']]);
    expect((await stored()).positions).toEqual([3, 3]);
  });
});

/** Sessions of the zombie that hold a lock in an open transaction. */
const HELD = `SELECT FROM pg_stat_activity WHERE application_name = 'zombie' AND state = 'idle in transaction'`;
