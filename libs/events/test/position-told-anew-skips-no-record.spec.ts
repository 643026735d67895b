import { jest } from '@jest/globals';
import { PermanentError } from '../src/index.ts';
import { consumerLagRecords } from '../src/metrics.ts';
import { MemoryStore } from './support/memory-store.ts';
import { partitionWorker } from './support/partition-worker-set-up.ts';

// What Kafka had fetched before somebody moved the position is delivered all the same, and looks like the next batch.
describe('a batch that was on its way when the position was set back', () => {
  it('found out by the watch: fetched again from the position, no record is skipped', async () => {
    const { process, setBack, handled } = partitionWorker({ position: 0 });
    await process([0, 1, 2]);
    setBack(1);
    await expect(process([3, 4])).resolves.toEqual({ kind: 'seek', position: 1 });
    await expect(process([1, 2, 3, 4])).resolves.toEqual({ kind: 'done', position: 5 });
    expect(handled).toEqual([0, 1, 2, 1, 2, 3, 4]);
  });

  it('found out with a record: likewise, also when the same batch comes twice', async () => {
    const { process, store, handled } = partitionWorker({ position: 0 });
    await process([0, 1, 2]);
    store.positions.set('worker/orders/2', 1);
    await expect(process([3, 4])).resolves.toEqual({ kind: 'seek', position: 1 });
    await expect(process([3, 4])).resolves.toEqual({ kind: 'seek', position: 1 });
    expect(handled).toEqual([0, 1, 2]);
  });

  it('the worker had asked for that position before: asks again', async () => {
    const { process, setBack, handled } = partitionWorker({ position: 4 });
    await expect(process([10, 11])).resolves.toEqual({ kind: 'seek', position: 4 });
    setBack(4);
    await expect(process([10, 11])).resolves.toEqual({ kind: 'seek', position: 4 });
    expect(handled).toEqual([]);
  });
});

describe('a first batch that begins before the position', () => {
  it('fetched before the worker was told where the group stands: the brokers are not asked', async () => {
    const { process, handled, timesAsked } = partitionWorker({ position: 12 });
    await process([10, 11, 12, 13]);
    expect({ handled, asked: timesAsked() }).toEqual({ handled: [12, 13], asked: 0 });
  });

  it('fetched later, and the log is another one: stops', async () => {
    const { process, handled, changeLog } = partitionWorker({
      position: 3,
      log: { start: 0, end: 10, topicId: 'one' },
    });
    changeLog({ start: 0, end: 10, topicId: 'another' });
    const nowMs = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(nowMs + 3_000);
    await expect(process([0, 1, 2, 3, 4])).resolves.toMatchObject({ kind: 'halted' });
    clock.mockRestore();
    expect(handled).toEqual([]);
  });
});

it('the first record of a topic: its id is kept with the position', async () => {
  const { process, store } = partitionWorker({ log: { start: 0, end: 10, topicId: 'one' } });
  await process([0]);
  expect(store.topicIds.get('worker/orders/2')).toBe('one');
});

it('a dead letter of the log that is gone: the record at its place in the new one is handled', async () => {
  let isBad = true;
  const { worker, store, box, process, changeLog, setBack, handled } = partitionWorker({
    position: 3,
    log: { start: 0, end: 10, topicId: 'one' },
    handle: async () => {
      if (!isBad) return;
      // The letter is written, and its position is not kept.
      store.outage = MemoryStore.away;
      throw new PermanentError('bad', 'bad');
    },
  });
  await expect(process([3])).resolves.toMatchObject({ kind: 'blocked' });
  expect(box.seen).toEqual(['3: permanent']);
  worker.halt({ kind: 'halted', why: 'the topic was recreated' });
  changeLog({ start: 0, end: 10, topicId: 'another' });
  isBad = false;
  store.outage = undefined;
  setBack(3);
  expect(worker.isHalted).toBe(false);
  await expect(process([3])).resolves.toEqual({ kind: 'done', position: 4 });
  expect(handled).toEqual([3]);
});

it('no record comes: the lag is known all the same', async () => {
  partitionWorker({ position: 40, log: { start: 0, end: 100 } });
  const { values } = await consumerLagRecords.get();
  expect(values).toContainEqual({ labels: { group: 'worker', topic: 'orders', partition: 2 }, value: 60 });
});
