import { jest } from '@jest/globals';
import type { PartitionLog } from '../src/kafka/read-logs.ts';
import { Gate } from './support/gate.ts';
import { MemoryStore } from './support/memory-store.ts';
import { LOOK_MS, watchSetUp } from './support/position-watch-set-up.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('PositionWatch: partitions are given to this member', () => {
  it('all of them are asked about at once, and go on where the store says', async () => {
    const { watch, workers, after, first } = watchSetUp({ 0: 40 });
    watch.begin(workers);
    expect(first.isStarted).toBe(false);
    expect(await after(0)).toEqual(['asked', 'orders/0 at 40', 'orders/1 at 0']);
    watch.stop();
  });

  it('the store is away: asked again, one warning, shown as blocked; found out later: no more', async () => {
    const { watch, workers, after, store, first, entries } = watchSetUp({ 0: 40 });
    store.outage = MemoryStore.away;
    watch.begin(workers);
    expect(await after(60_000)).toEqual([]);
    expect(first.blocked?.error).toBe('store-away');
    expect(entries.filter(({ level }) => level === 'warn')).toHaveLength(1);
    store.outage = undefined;
    expect(await after(5_000)).toEqual(['asked', 'orders/0 at 40', 'orders/1 at 0']);
    expect(first.blocked).toBeUndefined();
    watch.stop();
  });

  it('a topic id that was never noted: noted with the positions there are', async () => {
    const { watch, workers, after, store } = watchSetUp({ 0: 40 });
    watch.begin(workers);
    await after(0);
    expect([...store.topicIds]).toEqual([['worker/orders/0', 'one']]);
    watch.stop();
  });

  it('it cannot be noted at first, and the topic is made anew meanwhile: the position is not taken for one of the new topic', async () => {
    const { watch, workers, after, store, logs, first } = watchSetUp({ 0: 40 }, [0]);
    const note = store.noteTopicId.bind(store);
    store.noteTopicId = () => Promise.reject(MemoryStore.away);
    watch.begin(workers);
    expect(await after(0)).toEqual(['asked', 'orders/0 at 40']);
    logs.set('orders/0', { start: 0, end: 100, topicId: 'two' });
    store.noteTopicId = note;
    expect(await after(LOOK_MS)).toEqual(['asked', 'orders/0 halted']);
    expect(first.blocked?.error).toMatch(/topic id one, this one is two/);
    // Nobody has said that the other one is meant.
    expect(await after(7 * LOOK_MS)).toEqual(['asked', 'orders/0 halted']);
    watch.stop();
  });

  it('the assignment changes while the store is asked: the answer is nobody’s any more', async () => {
    const { watch, workers, after, first, second } = watchSetUp({ 0: 40 });
    watch.begin(workers);
    watch.begin([second]);
    expect(await after(0)).toEqual(['asked', 'orders/1 at 0']);
    expect(first.isStarted).toBe(false);
    watch.stop();
  });

  it('the assignment changes while the brokers are asked: likewise', async () => {
    const { watch, workers, after, first, second, meanwhile } = watchSetUp({ 0: 40 });
    meanwhile.asked = async () => {
      meanwhile.asked = async () => undefined;
      watch.begin([second]);
    };
    watch.begin(workers);
    expect(await after(0)).toEqual(['asked', 'asked', 'orders/1 at 0']);
    expect(first.isStarted).toBe(false);
    watch.stop();
  });

  it('a partition that the brokers do not know yet: asked about again, and the others do not wait for it', async () => {
    const { watch, workers, after, logs, first, second } = watchSetUp({ 0: 40 });
    const log = logs.get('orders/0') as PartitionLog;
    logs.delete('orders/0');
    watch.begin(workers);
    expect(await after(0)).toEqual(['asked', 'orders/1 at 0']);
    expect([first.blocked?.error, second.blocked]).toEqual(['Error', undefined]);
    logs.set('orders/0', log);
    expect(await after(1_000)).toEqual(['asked', 'orders/0 at 40']);
    expect(first.blocked).toBeUndefined();
    watch.stop();
  });
});

describe('PositionWatch: how often the store is asked', () => {
  it('once every 10 s, however often partitions came and went; stopped: not at all', async () => {
    const { watch, workers, after, looks } = watchSetUp();
    for (let join = 0; join < 3; join += 1) {
      watch.begin(workers);
      await after(0);
    }
    looks.mockClear();
    await after(3 * LOOK_MS);
    expect(looks).toHaveBeenCalledTimes(3);
    watch.stop();
    await after(3 * LOOK_MS);
    expect(looks).toHaveBeenCalledTimes(3);
  });

  it('after an outage: every 10 s again', async () => {
    const { watch, workers, after, looks, store } = watchSetUp();
    watch.begin(workers);
    await after(0);
    store.outage = MemoryStore.away;
    await after(2 * LOOK_MS);
    store.outage = undefined;
    await after(LOOK_MS);
    looks.mockClear();
    await after(3 * LOOK_MS);
    expect(looks).toHaveBeenCalledTimes(3);
    watch.stop();
  });
});

describe('PositionWatch: nothing happens for a while', () => {
  it('store and worker agree: the brokers are not asked', async () => {
    const { watch, workers, after, first, process } = watchSetUp({ 0: 40 });
    watch.begin(workers);
    await after(0);
    await process(first, 40);
    expect(await after(3 * LOOK_MS)).toEqual([]);
    watch.stop();
  });

  it('the database is set back, also to before the first position: goes on from there', async () => {
    const { watch, workers, after, move, first, second, process } = watchSetUp({ 0: 40 });
    watch.begin(workers);
    await after(0);
    await process(second, 0);
    move(0, 7);
    move(1, undefined);
    expect(await after(LOOK_MS)).toEqual(['asked', 'orders/0 at 7', 'orders/1 at 0']);
    expect(await process(first, 7)).toEqual({ kind: 'done', position: 8 });
    watch.stop();
  });

  it('the position moves because this worker works: nothing is done', async () => {
    const { watch, workers, after, first, process, store } = watchSetUp({ 0: 40 });
    watch.begin(workers);
    await after(0);
    const read = store.readPositions.bind(store);
    store.readPositions = async (...args) => {
      const rows = await read(...args);
      await process(first, 40);
      return rows;
    };
    expect(await after(LOOK_MS)).toEqual([]);
    watch.stop();
  });

  it('a slice is committed, and the worker is about to hear of it: nothing is done', async () => {
    const gate = new Gate();
    const { watch, workers, after, move, first, process } = watchSetUp({ 0: 40 }, [0, 1], undefined, () =>
      gate.pass(),
    );
    watch.begin(workers);
    await after(0);
    const processing = process(first, 40);
    await after(0);
    expect(gate.waiting).toBe(1);
    move(0, 41);
    expect(await after(LOOK_MS)).toEqual([]);
    gate.open();
    await processing;
    watch.stop();
  });

  it('the position moves because this worker works while the brokers are asked: nothing is done', async () => {
    const { watch, workers, after, move, first, process, meanwhile } = watchSetUp({ 0: 40 });
    watch.begin(workers);
    await after(0);
    move(1, 7);
    meanwhile.asked = () => process(first, 40);
    move(0, 39);
    meanwhile.asked = async () => {
      move(0, 40);
      await process(first, 40);
    };
    expect(await after(LOOK_MS)).toEqual(['asked', 'orders/1 at 7']);
    expect(first.stored).toBe(41);
    watch.stop();
  });
});

describe('PositionWatch: a topic is deleted and made anew under its name, and outgrows the position between two fetches', () => {
  const recreate = (logs: Map<string, PartitionLog>): void => {
    for (const name of [...logs.keys()]) logs.set(name, { start: 0, end: 100, topicId: 'two' });
  };

  it('nothing happens in it: halted at the next look', async () => {
    const { watch, workers, after, first, logs, unhandled } = watchSetUp({ 0: 40 });
    watch.begin(workers);
    await after(0);
    recreate(logs);
    // Nothing was kept of the second partition yet: it begins where the new log does.
    expect(await after(LOOK_MS)).toEqual(['asked', 'orders/0 halted', 'orders/1 at 0']);
    expect(first.blocked?.error).toMatch(/position 40 belongs to topic id one, this one is two/);
    expect([...unhandled]).toEqual([['orders/0', 0]]);
    watch.stop();
  });

  it('records keep coming: the batch at hand is the last one that is handled', async () => {
    const gate = new Gate();
    const { watch, workers, after, first, logs, process } = watchSetUp({ 0: 40 }, [0], undefined, () =>
      gate.pass(),
    );
    watch.begin(workers);
    await after(0);
    const batch = process(first, 40);
    recreate(logs);
    expect(await after(LOOK_MS)).toEqual([]);
    gate.open();
    expect(await batch).toEqual({ kind: 'done', position: 41 });
    const next = await process(first, 41);
    expect(next).toMatchObject({
      kind: 'halted',
      why: expect.stringMatching(/position 41 .* one, .* two/) as string,
    });
    expect(first.isHalted).toBe(true);
    watch.stop();
  });

  it('Kafka is away, or knows the topic by the same id: nothing is done', async () => {
    const { watch, workers, after, first, logs, process, meanwhile } = watchSetUp({ 0: 40 }, [0]);
    watch.begin(workers);
    await after(0);
    expect(await after(LOOK_MS)).toEqual([]);
    meanwhile.isKafkaAway = true;
    recreate(logs);
    expect(await after(2 * LOOK_MS)).toEqual([]);
    expect(await process(first, 40)).toEqual({ kind: 'done', position: 41 });
    meanwhile.isKafkaAway = false;
    expect(await after(LOOK_MS)).toEqual(['asked', 'orders/0 halted']);
    watch.stop();
  });
});

describe('PositionWatch: a partition is halted', () => {
  it('until somebody moves the position; the others go on', async () => {
    const { watch, workers, after, move, first, unhandled } = watchSetUp({ 0: 101 });
    watch.begin(workers);
    expect(await after(0)).toEqual(['asked', 'orders/0 halted', 'orders/1 at 0']);
    expect(unhandled.size).toBe(0);
    expect(first.blocked?.error).toMatch(/101 lies beyond/);
    expect(await after(3 * LOOK_MS)).toEqual([]);
    move(0, 100);
    expect(await after(LOOK_MS)).toEqual(['asked', 'orders/0 at 100']);
    expect(first.blocked).toBeUndefined();
    watch.stop();
  });

  it('until somebody says that the other topic is meant', async () => {
    const { watch, workers, after, store, first } = watchSetUp({ 0: 50 });
    store.topicIds.set('worker/orders/0', 'another');
    watch.begin(workers);
    expect(await after(0)).toContain('orders/0 halted');
    expect(first.blocked?.error).toMatch(/recreated/);
    store.topicIds.delete('worker/orders/0');
    expect(await after(LOOK_MS)).toEqual(['asked', 'orders/0 at 50']);
    expect(store.topicIds.get('worker/orders/0')).toBe('one');
    watch.stop();
  });

  it('nobody does anything: looked at again every minute', async () => {
    const { watch, workers, after, logs } = watchSetUp({ 0: 101 });
    watch.begin(workers);
    await after(0);
    expect(await after(7 * LOOK_MS)).toEqual(['asked', 'orders/0 halted']);
    logs.set('orders/0', { start: 0, end: 101, topicId: 'one' });
    expect(await after(7 * LOOK_MS)).toEqual(['asked', 'orders/0 at 101']);
    watch.stop();
  });
});

describe('PositionWatch: a handler wants to know what was handled before', () => {
  it('the workers are told of Kafka’s committed offsets', async () => {
    const { watch, workers, after, first, second } = watchSetUp(
      { 0: 40 },
      [0, 1],
      new Map([['orders/0', 60]]),
    );
    watch.begin(workers);
    expect(await after(0)).toEqual(['asked', 'orders/0 at 40', 'orders/1 at 0']);
    expect([first.handledUpTo, second.handledUpTo]).toEqual([60, 0]);
    watch.stop();
  });
});
