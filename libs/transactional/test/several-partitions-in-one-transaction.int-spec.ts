import type { HandleEvents } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import type { Database } from '../src/index.ts';
import { sharedTransactionsTotal } from '../src/effects/metrics.ts';
import { openShop, type Shop } from './fixture.ts';
import { APPLIED, Partitions } from './partitions.ts';

describe('runs of several partitions at once', () => {
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

  it('all is well: one transaction, one call, each partition in its order', async () => {
    await group.begin(0, 1, 2);
    expect(await group.applyAll([group.run(2, [2, 3]), group.run(0, [2]), group.run(1, [2, 3])])).toEqual([
      APPLIED,
      APPLIED,
      APPLIED,
    ]);
    expect(group.calls).toEqual([['2:2', '2:3', '0:2', '1:2', '1:3']]);
    expect(await group.transactions()).toBe(1);
    expect(await group.stored()).toEqual({
      notes: ['0:2', '1:2', '1:3', '2:2', '2:3'],
      outbox: 5,
      positions: [3, 4, 4],
    });
  });

  it('what became of the transactions is counted', async () => {
    await group.begin(0, 1);
    sharedTransactionsTotal.reset();
    await group.applyAll([group.run(0, [2]), group.run(1, [2])]);
    await group.applyAll([group.run(0, [3]), group.run(1, [7])]);
    await group.applyAll([group.run(0, [4])]);
    group.restart();
    await group.applyAll([group.run(0, [5]), group.run(1, [3])], async () => {
      throw new Error('no');
    });
    const { values } = await sharedTransactionsTotal.get();
    expect(values.map(({ labels, value }) => [labels.group, labels.outcome, value])).toEqual([
      ['worker', 'applied', 1],
      ['worker', 'apart', 1],
      ['worker', 'failed', 1],
    ]);
  });

  it('partitions that were never seen before: applied all the same', async () => {
    expect(await group.applyAll([group.run(0, [7]), group.run(1, [8])])).toEqual([APPLIED, APPLIED]);
    expect(await group.stored()).toEqual({ notes: ['0:7', '1:8'], outbox: 2, positions: [8, 9] });
  });

  it('some of them without events: their positions move, the handler gets the others', async () => {
    await group.begin(0, 1, 2);
    const results = await group.applyAll([
      group.run(0, [], { firstOffset: 2, nextOffset: 9 }),
      group.run(1, [2]),
      group.run(2, [2]),
    ]);
    expect(results).toEqual([APPLIED, APPLIED, APPLIED]);
    expect(group.calls).toEqual([['1:2', '2:2']]);
    expect((await group.stored()).positions).toEqual([9, 3, 3]);
  });

  it('none of them has events, and one does not follow on: the others’ positions move, that one’s does not', async () => {
    await group.begin(0, 1, 2);
    const results = await group.applyAll([
      group.run(0, [], { firstOffset: 2, nextOffset: 9 }),
      group.run(1, [], { firstOffset: 5, nextOffset: 9 }),
      group.run(2, [], { firstOffset: 2, nextOffset: 9 }),
    ]);
    expect(results).toEqual([
      APPLIED,
      { status: 'fulfilled', value: { kind: 'behind', position: 2 } },
      APPLIED,
    ]);
    expect({ calls: group.calls, positions: (await group.stored()).positions }).toEqual({
      calls: [],
      positions: [9, 2, 9],
    });
  });

  it('one was applied before, one comes from the future, one is half old: each hears of its own, nothing is done twice', async () => {
    await group.begin(0, 1, 2, 3);
    await group.applyAll([group.run(0, [2, 3]), group.run(2, [2])]);
    group.calls = [];
    const results = await group.applyAll([
      group.run(0, [2, 3]),
      group.run(1, [5]),
      group.run(2, [2, 3]),
      group.run(3, [2]),
    ]);
    expect(results).toEqual([
      { status: 'fulfilled', value: { kind: 'moved-on', position: 4 } },
      { status: 'fulfilled', value: { kind: 'behind', position: 2 } },
      APPLIED,
      APPLIED,
    ]);
    // Each by itself, in lanes of their own.
    expect(group.calls.toSorted()).toEqual([['2:3'], ['3:2']]);
    expect(await group.stored()).toEqual({
      notes: ['0:2', '0:3', '2:2', '2:3', '3:2'],
      outbox: 5,
      positions: [4, 2, 4, 3],
    });
  });

  it('two runs of the same partition, as of a member and its successor: one is applied, the other one hears that it was', async () => {
    await group.begin(0, 1);
    const results = await group.applyAll([group.run(0, [2, 3]), group.run(1, [2]), group.run(0, [2, 3])]);
    expect(results).toEqual(
      expect.arrayContaining([APPLIED, { status: 'fulfilled', value: { kind: 'moved-on', position: 4 } }]),
    );
    expect(await group.stored()).toEqual({ notes: ['0:2', '0:3', '1:2'], outbox: 3, positions: [4, 3] });
  });

  it('an event that reached two partitions, deduped by its id: handled once', async () => {
    await group.begin(0, 1);
    const twice = group.run(0, [2], { dedupe: 'event-id' });
    await group.applyAll([twice, { ...twice, partition: 1 }]);
    expect(group.calls).toEqual([['0:2']]);
    expect((await group.stored()).positions).toEqual([3, 3]);
  });

  it('many that must go alone: no more transactions at a time than the group may have', async () => {
    let [now, most] = [0, 0];
    const counting: HandleEvents = async (events, tx) => {
      most = Math.max(most, ++now);
      // Each waits for as many as there may be: the first connection could do it all before there is a second.
      await eventually(() => most >= 3);
      const emissions = await group.note(events, tx);
      now -= 1;
      return emissions;
    };
    const runs = Array.from({ length: 9 }, (_, partition) =>
      group.run(partition, [0], { sourceTopic: 'orders' }),
    );
    expect(await group.applyAll(runs, counting)).toEqual(runs.map(() => APPLIED));
    expect(most).toBe(3);
  });
});
