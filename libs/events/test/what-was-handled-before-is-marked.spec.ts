import { PartitionWorker } from '../src/consumer/partition-worker.ts';
import { offsetOf, wasHandledBefore, type HandleEvents } from '../src/index.ts';
import { DeadLetterBox } from './support/dead-letter-box.ts';
import { workerSubscription } from './support/decoding.ts';
import { MemoryStore } from './support/memory-store.ts';
import { orderRecord } from './support/records.ts';

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
