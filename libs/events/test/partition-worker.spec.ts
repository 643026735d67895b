import { jest } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { eventually } from '@orderstream/testing';
import { PartitionWorker } from '../src/consumer/partition-worker.ts';
import { offsetOf, PermanentError, wasHandledBefore, type HandleEvents } from '../src/index.ts';
import { consumerLagRecords } from '../src/metrics.ts';
import { DeadLetterBox } from './support/dead-letter-box.ts';
import { workerSubscription } from './support/decoding.ts';
import { Gate } from './support/gate.ts';
import { MemoryStore } from './support/memory-store.ts';
import { partitionWorker } from './support/partition-worker-set-up.ts';
import { orderRecord } from './support/records.ts';

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

describe('PartitionWorker: log and store do not meet', () => {
  it('records were removed from the log before they were handled: stops, and says which', async () => {
    const { worker, process, handled, entries, changeLog } = partitionWorker({ position: 4 });
    changeLog({ start: 10, end: 100 });
    await expect(process([10, 11])).resolves.toEqual({ kind: 'seek', position: 4 });
    await expect(process([10, 11])).resolves.toMatchObject({ kind: 'halted' });
    expect(handled).toEqual([]);
    expect(worker.blocked?.error).toMatch(/records 4 to 9 are gone/);
    expect(entries).toMatchObject([
      { level: 'error', message: expect.stringMatching(/records 4 to 9/) as string },
    ]);
  });

  it('the log has no record at the position, but none was removed either: goes on', async () => {
    const { process, handled } = partitionWorker({ position: 4, log: { start: 0, end: 100 } });
    await expect(process([6, 7])).resolves.toEqual({ kind: 'seek', position: 4 });
    await expect(process([6, 7])).resolves.toEqual({ kind: 'done', position: 8 });
    expect(handled).toEqual([6, 7]);
  });

  it('the position lies beyond the end of the log, as after recreating the topic: stops, and says so', async () => {
    const { worker, process, handled, changeLog } = partitionWorker({ position: 101 });
    changeLog({ start: 0, end: 100 });
    await expect(process([0, 1])).resolves.toMatchObject({ kind: 'halted' });
    expect({ handled, isStarted: worker.isStarted, isHalted: worker.isHalted }).toEqual({
      handled: [],
      isStarted: false,
      isHalted: true,
    });
    expect(worker.blocked?.error).toMatch(/position 101 lies beyond the partition's end 100/);
  });

  it('Kafka begins anew, as after recreating the topic, and the new one has outgrown the position: stops', async () => {
    const { worker, process, handled, changeLog } = partitionWorker({
      position: 3,
      log: { start: 0, end: 10, topicId: 'one' },
    });
    await process([3]);
    changeLog({ start: 0, end: 10, topicId: 'another' });
    await expect(process([0, 1, 2, 3, 4, 5])).resolves.toMatchObject({ kind: 'halted' });
    expect(handled).toEqual([3]);
    expect(worker.blocked?.error).toMatch(/recreated: the stored position 4 belongs to topic id one/);
  });

  it('Kafka begins anew, and it is the same log: goes on where the group stands', async () => {
    const { process, handled } = partitionWorker({ position: 3, log: { start: 0, end: 10, topicId: 'one' } });
    await process([3]);
    await expect(process([0, 1, 2, 3, 4, 5])).resolves.toEqual({ kind: 'done', position: 6 });
    expect(handled).toEqual([3, 4, 5]);
  });

  it('the batch is older than the position, as beside a member that goes on: reads on from there', async () => {
    const { worker, process, handled } = partitionWorker({ position: 8, log: { start: 0, end: 100 } });
    await expect(process([0, 1, 2, 3], { logEndOffset: 4 })).resolves.toEqual({ kind: 'seek', position: 8 });
    expect(handled).toEqual([]);
    expect(worker.blocked).toBeUndefined();
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

describe('PartitionWorker: a database that is behind what was handled', () => {
  const marked = async (committed: number, logEnd: number, marksHandledBefore = true) => {
    const handled: [number, boolean][] = [];
    const handle: HandleEvents = async (events) =>
      void handled.push(
        ...events.map((event) => [offsetOf(event), wasHandledBefore(event)] as [number, boolean]),
      );
    const store = new MemoryStore();
    const worker = new PartitionWorker({
      subscription: { ...workerSubscription(handle), marksHandledBefore },
      partition: 2,
      store,
      deadLetters: new DeadLetterBox().publisher,
      log: () => undefined,
      wait: async () => undefined,
    });
    const stand = (position: number, at?: number, topicId = 'the first log') => {
      store.positions.set('worker/orders/2', position);
      worker.startAt(
        position,
        { topic: 'orders', partition: 2, nextOffset: position },
        { start: 0, end: logEnd, topicId },
        at,
      );
    };
    const process = async (...offsets: number[]) => {
      const outcome = await worker.process({
        messages: offsets.map((offset) => orderRecord(offset)),
        endOffset: (offsets.at(-1) ?? 0) + 1,
        logEndOffset: logEnd,
        shouldStop: () => false,
        log: async () => ({ start: 0, end: logEnd }),
      });
      return [
        outcome.kind,
        ...handled.splice(0).map(([offset, before]) => `${offset}${before ? ' again' : ''}`),
      ];
    };
    stand(10, committed);
    return { worker, store, stand, process };
  };

  it('Kafka’s committed offset is ahead: what lies below it is marked, what follows is not', async () => {
    const { process, worker } = await marked(12, 100);
    expect(worker.handledUpTo).toBe(12);
    expect(await process(10, 11, 12, 13)).toEqual(['done', '10 again', '11 again', '12', '13']);
  });

  it('it is where the store is, or behind: nothing is marked', async () => {
    expect(await (await marked(10, 100)).process(10, 11)).toEqual(['done', '10', '11']);
    expect(await (await marked(3, 100)).process(10, 11)).toEqual(['done', '10', '11']);
  });

  it('the topic is deleted and made anew: nothing of it was handled before', async () => {
    const { process, stand, worker } = await marked(50, 100);
    worker.halt({ kind: 'halted', why: 'another log' });
    stand(0, 40, 'another log');
    expect(worker.handledUpTo).toBe(0);
    expect(await process(0, 1)).toEqual(['done', '0', '1']);
  });

  it('the log is doubted while a batch is at hand: its next slice waits until the log was compared, and is handled then', async () => {
    const { process, worker } = await marked(0, 100);
    const batch = process(10, 11);
    worker.doubt();
    expect(await batch).toEqual(['done']);
    expect(await process(10, 11)).toEqual(['done', '10', '11']);
  });

  it('it is past the end of the log: no record that is still to come is marked', async () => {
    expect((await marked(500, 100)).worker.handledUpTo).toBe(100);
  });

  it('set back under a worker that works: what it has handled itself is marked, whatever Kafka has heard of', async () => {
    const { process, store } = await marked(0, 100);
    await process(10, 11, 12);
    store.positions.set('worker/orders/2', 11);
    expect(await process(13)).toEqual(['seek']);
    expect(await process(11, 12, 13)).toEqual(['done', '11 again', '12 again', '13']);
  });

  it('set back under a worker that is idle: likewise', async () => {
    const { process, stand } = await marked(0, 100);
    await process(10, 11, 12);
    stand(11, 12);
    expect(await process(11, 12, 13)).toEqual(['done', '11 again', '12 again', '13']);
  });

  it('a handler that does not ask: nothing is marked', async () => {
    const { process, worker } = await marked(12, 100, false);
    expect(worker.handledUpTo).toBe(0);
    expect(await process(10, 11)).toEqual(['done', '10', '11']);
  });
});
