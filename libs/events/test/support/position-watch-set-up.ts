import { jest } from '@jest/globals';
import { PartitionWorker } from '../../src/consumer/partition-worker.ts';
import { PositionWatch } from '../../src/consumer/position-watch.ts';
import type { HandleEvents, LogEntry } from '../../src/index.ts';
import type { PartitionLog } from '../../src/kafka/read-logs.ts';
import { DeadLetterBox } from './dead-letter-box.ts';
import { workerSubscription } from './decoding.ts';
import { MemoryStore } from './memory-store.ts';
import { orderRecord } from './records.ts';

export const LOOK_MS = 10_000;

/** A watch over workers of some partitions of `orders`, whose logs end at 100; needs fake timers. */
export function watchSetUp(
  positions: Record<number, number> = {},
  partitions = [0, 1],
  committed?: ReadonlyMap<string, number>,
  handle: HandleEvents = async () => undefined,
) {
  const store = new MemoryStore();
  const move = (partition: number, offset: number | undefined): void => {
    const name = `worker/orders/${partition}`;
    if (offset === undefined) store.positions.delete(name);
    else store.positions.set(name, offset);
  };
  for (const [partition, offset] of Object.entries(positions)) move(Number(partition), offset);
  const logs = new Map<string, PartitionLog>(
    partitions.map((partition) => [`orders/${partition}`, { start: 0, end: 100, topicId: 'one' }]),
  );
  const events: string[] = [];
  const entries: LogEntry[] = [];
  /** Where another log begins that a partition was halted for. */
  const unhandled = new Map<string, number>();
  const workers = partitions.map(
    (partition) =>
      new PartitionWorker({
        subscription: {
          ...workerSubscription(handle),
          marksHandledBefore: committed !== undefined,
        },
        partition,
        store,
        deadLetters: new DeadLetterBox().publisher,
        log: () => undefined,
        wait: async () => undefined,
      }),
  );
  const meanwhile = { asked: async (): Promise<unknown> => undefined, isKafkaAway: false };
  const watch = new PositionWatch({
    group: 'worker',
    topics: ['orders'],
    store,
    readLogs: async () => {
      events.push('asked');
      await meanwhile.asked();
      return logs;
    },
    readTopicIds: async () => {
      if (meanwhile.isKafkaAway) throw new Error('Kafka is away');
      return new Map(
        [...logs].map(([name, { topicId }]) => [name.split('/')[0] as string, topicId as string]),
      );
    },
    readCommitted: committed && (async () => committed),
    onStands: ({ name }, offset) => void events.push(`${name} at ${offset}`),
    onHalted: ({ name }, unhandledFrom) => {
      events.push(`${name} halted`);
      if (unhandledFrom !== undefined) unhandled.set(name, unhandledFrom);
    },
    log: (entry) => entries.push(entry),
    lookEveryMs: LOOK_MS,
  });
  const after = async (ms: number): Promise<string[]> => {
    await jest.advanceTimersByTimeAsync(ms);
    return events.splice(0);
  };
  /** A batch of one record, as Kafka delivers it. */
  const process = (worker: PartitionWorker, offset: number) =>
    worker.process({
      messages: [orderRecord(offset)],
      endOffset: offset + 1,
      logEndOffset: 100,
      shouldStop: () => false,
      log: async () => logs.get(worker.name) as PartitionLog,
    });
  const [first, second] = workers as [PartitionWorker, PartitionWorker];
  const looks = jest.spyOn(store, 'readPositions');
  return {
    looks,
    meanwhile,
    store,
    move,
    logs,
    watch,
    workers,
    first,
    second,
    entries,
    unhandled,
    after,
    process,
  };
}
