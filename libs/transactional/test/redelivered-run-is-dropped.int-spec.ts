import { emit, offsetOf, orderConfirmed, type HandleEvents } from '@orderstream/events';
import type { PostgresEffects } from '../src/index.ts';
import { confirmation, newPartition, positionIn, openShop, runOf, type Shop } from './fixture.ts';

describe('the stored position', () => {
  let shop: Shop;
  let effects: PostgresEffects;
  let partition: ReturnType<typeof newPartition>;
  let handled: number[];

  const handle: HandleEvents = async (events) => {
    handled.push(...events.map(offsetOf));
    return events.map((event) => emit(orderConfirmed, confirmation(), event));
  };

  beforeAll(async () => {
    shop = await openShop();
    effects = shop.effects(shop.connect());
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    partition = newPartition();
    handled = [];
    await shop.rows('TRUNCATE shop.outbox');
  });

  const apply = (offsets: number[], bounds: { firstOffset?: number; nextOffset?: number } = {}) =>
    effects.apply(runOf(partition, offsets, bounds), handle);
  const position = () => positionIn(effects, partition);
  const outboxed = async () => {
    const [row] = await shop.rows<{ n: string }>(
      'SELECT coalesce(sum(record_count), 0) AS n FROM shop.outbox',
    );
    return Number(row?.n);
  };

  it('a partition never seen: undefined, and the first run may start anywhere', async () => {
    expect(await position()).toBeUndefined();
    expect(await apply([1_000])).toEqual({ kind: 'applied' });
    expect(await position()).toBe(1_001);
  });

  it('the same run again: dropped whole', async () => {
    await apply([0, 1, 2]);
    expect(await apply([0, 1, 2])).toEqual({ kind: 'moved-on', position: 3 });
    expect({ handled, outboxed: await outboxed() }).toEqual({ handled: [0, 1, 2], outboxed: 3 });
  });

  it('a run that begins below the position: what is below is dropped, the rest applied', async () => {
    await apply([0, 1, 2]);
    expect(await apply([1, 2, 3, 4])).toEqual({ kind: 'applied' });
    expect({ handled, position: await position() }).toEqual({ handled: [0, 1, 2, 3, 4], position: 5 });
  });

  it('all its events are below, only skipped records are not: position moves, handler is not called', async () => {
    await apply([0, 1, 2]);
    expect(await apply([1, 2], { nextOffset: 9 })).toEqual({ kind: 'applied' });
    expect({ handled, position: await position() }).toEqual({ handled: [0, 1, 2], position: 9 });
  });

  it('the database was restored to an earlier time: says how far it is, changes nothing', async () => {
    await apply([0, 1, 2]);
    expect(await apply([7, 8])).toEqual({ kind: 'behind', position: 3 });
    expect({ handled, position: await position() }).toEqual({ handled: [0, 1, 2], position: 3 });
  });

  it('a run without events: moves the position, drops and goes back like any other', async () => {
    expect(await apply([], { firstOffset: 5, nextOffset: 8 })).toEqual({ kind: 'applied' });
    expect(await apply([], { firstOffset: 8, nextOffset: 9 })).toEqual({ kind: 'applied' });
    expect(await apply([], { firstOffset: 5, nextOffset: 8 })).toEqual({ kind: 'moved-on', position: 9 });
    expect(await apply([], { firstOffset: 10, nextOffset: 11 })).toEqual({ kind: 'behind', position: 9 });
    expect({ handled, position: await position() }).toEqual({ handled: [], position: 9 });
  });

  it('positions are per group, topic and partition', async () => {
    await apply([0]);
    for (const other of [{ group: 'analytics' }, { topic: 'elsewhere' }, { partition: 1 }]) {
      expect(await effects.apply({ ...runOf(partition, [0]), ...other }, handle)).toEqual({
        kind: 'applied',
      });
    }
    expect(handled).toEqual([0, 0, 0, 0]);
  });

  it.each([{ seen: false }, { seen: true }])(
    'two instances apply the same run at once (partition seen before: $seen): one does, the other changes nothing',
    async ({ seen }) => {
      if (seen) await apply([0], { nextOffset: 5 });
      handled = [];
      const zombie = shop.effects(shop.connect('zombie'));
      const results = await Promise.all(
        [effects, zombie].map((instance) => instance.apply(runOf(partition, [5, 6]), handle)),
      );
      expect(results).toHaveLength(2);
      expect(results).toEqual(
        expect.arrayContaining([{ kind: 'applied' }, { kind: 'moved-on', position: 7 }]),
      );
      expect(handled).toEqual([5, 6]);
    },
  );

  it('a zombie comes back with an old run while its successor is at work: waits for it, then changes nothing', async () => {
    await apply([0], { nextOffset: 5 });
    handled = [];
    const zombie = shop.effects(shop.connect('zombie'));
    let late: ReturnType<typeof zombie.apply> | undefined;
    await effects.apply(runOf(partition, [5, 6, 7]), async (events, tx) => {
      late = zombie.apply(runOf(partition, [5, 6]), handle);
      return handle(events, tx);
    });
    expect(await late).toEqual({ kind: 'moved-on', position: 8 });
    expect({ handled, position: await position() }).toEqual({ handled: [5, 6, 7], position: 8 });
  });

  it('the successor rolls back: the instance that waited for it applies the run', async () => {
    await apply([0], { nextOffset: 5 });
    handled = [];
    const other = shop.effects(shop.connect('other'));
    let waiting: ReturnType<typeof other.apply> | undefined;
    const failing = effects.apply(runOf(partition, [5]), async () => {
      waiting = other.apply(runOf(partition, [5]), handle);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await waiting).toEqual({ kind: 'applied' });
    expect({ handled, position: await position() }).toEqual({ handled: [5], position: 6 });
  });
});
