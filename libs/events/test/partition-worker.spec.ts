import { jest } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { eventually } from '@orderstream/testing';
import { offsetOf, PermanentError } from '../src/index.ts';
import { consumerLagRecords } from '../src/metrics.ts';
import { Gate } from './support/gate.ts';
import { MemoryStore } from './support/memory-store.ts';
import { partitionWorker } from './support/partition-worker-set-up.ts';

describe('PartitionWorker: where a batch begins', () => {
  it('the store stands at its first record: all of it', async () => {
    const { process, handled } = partitionWorker({ position: 10 });
    await expect(process([10, 11, 12])).resolves.toEqual({ kind: 'done', position: 13 });
    expect(handled).toEqual([10, 11, 12]);
  });

  it('the store stands inside it: the rest of it', async () => {
    const { process, handled } = partitionWorker({ position: 12 });
    await expect(process([10, 11, 12, 13])).resolves.toEqual({ kind: 'done', position: 14 });
    expect(handled).toEqual([12, 13]);
  });

  it('the store stands at its end: done, nothing is handled', async () => {
    const { process, handled } = partitionWorker({ position: 13 });
    await expect(process([10, 11, 12])).resolves.toEqual({ kind: 'done', position: 13 });
    expect(handled).toEqual([]);
  });

  it('the store stands past it, since Kafka’s committed offset is behind: reads on from there', async () => {
    const { process, handled } = partitionWorker({ position: 40 });
    await expect(process([10, 11, 12])).resolves.toEqual({ kind: 'seek', position: 40 });
    expect(handled).toEqual([]);
  });

  it('the store stands before it, as after a restored backup: goes back once, and handles from there', async () => {
    const { process, handled } = partitionWorker({ position: 4 });
    await expect(process([10, 11])).resolves.toEqual({ kind: 'seek', position: 4 });
    await expect(process([4, 5, 6])).resolves.toEqual({ kind: 'done', position: 7 });
    await expect(process([7])).resolves.toEqual({ kind: 'done', position: 8 });
    expect(handled).toEqual([4, 5, 6, 7]);
  });

  it('control records at its end: passed', async () => {
    const { process, store } = partitionWorker({ position: 10 });
    await expect(process([10], { endOffset: 12 })).resolves.toEqual({ kind: 'done', position: 12 });
    await expect(process([12])).resolves.toEqual({ kind: 'done', position: 13 });
    expect(store.effects.map(offsetOf)).toEqual([10, 12]);
  });
});

describe('PartitionWorker: the store never heard of the partition', () => {
  it('a new group: from the first record', async () => {
    const { process, handled } = partitionWorker();
    await expect(process([0, 1])).resolves.toEqual({ kind: 'done', position: 2 });
    expect(handled).toEqual([0, 1]);
  });

  it('although Kafka has a committed offset, as with a new database: from the beginning of the log', async () => {
    const { process, handled } = partitionWorker({ log: { start: 7, end: 100 } });
    await expect(process([50, 51])).resolves.toEqual({ kind: 'seek', position: 7 });
    await expect(process([7, 8])).resolves.toEqual({ kind: 'done', position: 9 });
    expect(handled).toEqual([7, 8]);
  });

  it('a log that begins late: from where it begins', async () => {
    const { process, handled } = partitionWorker({ log: { start: 50, end: 100 } });
    await expect(process([50, 51])).resolves.toEqual({ kind: 'done', position: 52 });
    expect(handled).toEqual([50, 51]);
  });
});

describe('PartitionWorker: somebody else moved the position', () => {
  it('past the batch: reads on from there and handles nothing twice', async () => {
    const { process, store, handled } = partitionWorker({ position: 0 });
    await process([0]);
    store.positions.set('worker/orders/2', 9);
    await expect(process([1, 2])).resolves.toEqual({ kind: 'seek', position: 9 });
    await expect(process([9])).resolves.toEqual({ kind: 'done', position: 10 });
    expect(handled).toEqual([0, 9]);
  });

  it('back, as after a failover that lost the last seconds: goes back', async () => {
    const { process, store, handled } = partitionWorker({ position: 0 });
    await process([0, 1, 2]);
    store.positions.set('worker/orders/2', 1);
    await expect(process([3])).resolves.toEqual({ kind: 'seek', position: 1 });
    await expect(process([1, 2, 3])).resolves.toEqual({ kind: 'done', position: 4 });
    expect(handled).toEqual([0, 1, 2, 1, 2, 3]);
  });
});

describe('PartitionWorker: something is away', () => {
  it('it was not told where the group stands: handles nothing', async () => {
    const { worker, process, handled } = partitionWorker({ position: 11, log: { start: 0, end: 5 } });
    await expect(process([10, 11])).resolves.toMatchObject({ kind: 'blocked', position: 10 });
    expect({ handled, error: worker.blocked?.error }).toEqual({ handled: [], error: 'not-started' });
  });

  it('the store, and somebody else did the work meanwhile: not blocked any more, although nothing is left to do', async () => {
    for (const position of [12, 40]) {
      const { worker, process, store } = partitionWorker({ position: 10 });
      store.outage = MemoryStore.away;
      await process([10, 11]);
      expect(worker.blocked).toBeDefined();
      store.outage = undefined;
      store.positions.set('worker/orders/2', position);
      await process([10, 11]);
      expect(worker.blocked).toBeUndefined();
    }
  });

  it('the handler does not come back: blocked after a while, and no more once it does', async () => {
    const gate = new Gate();
    const { worker, process } = partitionWorker({ position: 0, handle: () => gate.pass() });
    const processing = process([0]);
    await eventually(() => gate.waiting === 1);
    expect(worker.blocked).toBeUndefined();
    const nowMs = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(nowMs + 31_000);
    expect(worker.blocked?.error).toBe('the handler has not come back, or waits for its turn');
    clock.mockRestore();
    gate.open();
    await processing;
    expect(worker.blocked).toBeUndefined();
  });

  it('for long: longer pauses up to 5 s, the same start of it, one warning', async () => {
    const { worker, process, store, entries } = partitionWorker({ position: 0 });
    store.outage = MemoryStore.away;
    const pauses: number[] = [];
    const since = new Set<number | undefined>();
    for (let tries = 0; tries < 12; tries += 1) {
      const outcome = await process([0]);
      if (outcome.kind === 'blocked') pauses.push(outcome.pauseMs);
      since.add(worker.blocked?.sinceMs);
    }
    expect(pauses).toHaveLength(12);
    expect(pauses[0]).toBeLessThanOrEqual(100);
    expect(Math.min(...pauses.slice(6))).toBeGreaterThanOrEqual(2_500);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000);
    expect(since.size).toBe(1);
    expect(entries.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('and back again: the next outage begins with a short pause', async () => {
    const { process, store } = partitionWorker({ position: 0 });
    for (let tries = 0; tries < 9; tries += 1) {
      store.outage = MemoryStore.away;
      await process([0]);
    }
    store.outage = undefined;
    await process([0]);
    store.outage = MemoryStore.away;
    const outcome = await process([1]);
    expect(outcome.kind === 'blocked' && outcome.pauseMs <= 100).toBe(true);
  });

  it('in the second slice: the first one is behind us', async () => {
    const { process, store, handled } = partitionWorker({
      position: 0,
      handle: async (events) => {
        if (events.some((event) => offsetOf(event) >= 500)) throw MemoryStore.away;
      },
    });
    const offsets = Array.from({ length: 600 }, (_, offset) => offset);
    await expect(process(offsets)).resolves.toMatchObject({ kind: 'blocked', position: 500 });
    expect({ handled: handled.length, position: store.positions.get('worker/orders/2') }).toEqual({
      handled: 500,
      position: 500,
    });
  });
});

describe('PartitionWorker: the consumer stops or loses the partition', () => {
  it('between two slices: the second one is not begun', async () => {
    let slices = 0;
    const { process, handled } = partitionWorker({ position: 0, handle: async () => void (slices += 1) });
    const offsets = Array.from({ length: 600 }, (_, offset) => offset);
    const outcome = await process(offsets, { shouldStop: () => slices > 0 });
    expect(outcome).toEqual({ kind: 'done', position: 500 });
    expect(handled).toHaveLength(500);
  });

  it('while a run waits for its turn in the store: the store is told', async () => {
    let stopping = false;
    const { process, store } = partitionWorker({ position: 0 });
    await process([0], { shouldStop: () => stopping });
    const [run] = store.runs;
    expect(run?.shouldStop?.()).toBe(false);
    stopping = true;
    expect(run?.shouldStop?.()).toBe(true);
  });

  it('while a slice is narrowed down to its bad records: ends behind the half that is kept', async () => {
    let calls = 0;
    const { process, handled, store } = partitionWorker({
      position: 0,
      handle: async (events) => {
        calls += 1;
        if (events.some((event) => offsetOf(event) > 4)) throw new PermanentError('bad', 'bad');
      },
    });
    const outcome = await process([0, 1, 2, 3, 4, 5, 6, 7], { shouldStop: () => calls > 1 });
    expect(outcome).toEqual({ kind: 'done', position: 4 });
    expect(handled).toEqual([0, 1, 2, 3]);
    expect(store.positions.get('worker/orders/2')).toBe(4);
  });

  it('while one record is tried again and again: no further attempt is made', async () => {
    let attempts = 0;
    const { process, waits } = partitionWorker({
      position: 0,
      maxAttempts: 50,
      handle: async () => {
        attempts += 1;
        throw new Error('unknown');
      },
    });
    const outcome = await process([0], { shouldStop: () => attempts >= 3 });
    expect(outcome).toMatchObject({ kind: 'blocked', position: 0 });
    expect({ attempts, waits: waits.length }).toEqual({ attempts: 3, waits: 2 });
  });
});

describe('PartitionWorker: anything unforeseen', () => {
  it('an exception inside the engine: the partition is paused, never passed', async () => {
    const { process, handled } = partitionWorker({ position: 0 });
    const broken = {
      offset: '0',
      get value(): Buffer {
        throw new Error('bug');
      },
    } as unknown as KafkaMessage;
    await expect(process([0], { messages: [broken] })).resolves.toMatchObject({
      kind: 'blocked',
      position: 0,
    });
    expect(handled).toEqual([]);
  });
});

describe('PartitionWorker: lag', () => {
  it('what lies between the position and the end of the log', async () => {
    const { process } = partitionWorker({ position: 0, log: { start: 0, end: 100 } });
    await process([0, 1, 2]);
    const { values } = await consumerLagRecords.get();
    const labels = { group: 'worker', topic: 'orders', partition: 2 };
    expect(values).toContainEqual({ labels, value: 97 });
  });

  it('of a partition that another member has now: not reported any more', async () => {
    const { process, worker } = partitionWorker({ position: 0, log: { start: 0, end: 100 } });
    await process([0, 1, 2]);
    worker.retire();
    const { values } = await consumerLagRecords.get();
    expect(values.filter(({ labels }) => labels.partition === 2)).toEqual([]);
  });

  it('control records at the end of the log: none', async () => {
    const { process } = partitionWorker({ position: 0, log: { start: 0, end: 5 } });
    await process([0, 1, 2], { endOffset: 5 });
    const { values } = await consumerLagRecords.get();
    const labels = { group: 'worker', topic: 'orders', partition: 2 };
    expect(values).toContainEqual({ labels, value: 0 });
  });
});
