import type { BatchOutcome, FetchedBatch } from '../../src/consumer/fetched-batch.ts';
import { PartitionWorker } from '../../src/consumer/partition-worker.ts';
import { startingPoint } from '../../src/consumer/starting-point.ts';
import { offsetOf, type HandleEvents, type LogEntry } from '../../src/index.ts';
import type { PartitionLog } from '../../src/kafka/read-logs.ts';
import { DeadLetterBox } from './dead-letter-box.ts';
import { workerSubscription } from './decoding.ts';
import { MemoryStore } from './memory-store.ts';
import { orderRecord } from './records.ts';

/** A worker of partition 2 of `orders`, told where the store stands, and what Kafka gives it. */
export function partitionWorker(
  options: { position?: number; log?: PartitionLog; handle?: HandleEvents; maxAttempts?: number } = {},
) {
  let log = options.log ?? { start: 0, end: 1_000_000 };
  const handled: number[] = [];
  const waits: number[] = [];
  let asked = 0;
  const entries: LogEntry[] = [];
  const store = new MemoryStore();
  if (options.position !== undefined) store.positions.set('worker/orders/2', options.position);
  const handle: HandleEvents = async (events, tx) => {
    await options.handle?.(events, tx);
    handled.push(...events.map(offsetOf));
  };
  const box = new DeadLetterBox();
  const worker = new PartitionWorker({
    subscription: workerSubscription(handle, { maxAttempts: options.maxAttempts ?? 2 }),
    partition: 2,
    store,
    deadLetters: box.publisher,
    log: (entry) => entries.push(entry),
    wait: async (ms) => void waits.push(ms),
  });
  /** Tells the worker what the position watch would find out. */
  const tell = (position: number | undefined): void => {
    const row = position === undefined ? undefined : { topic: 'orders', partition: 2, nextOffset: position };
    const point = startingPoint(row, log);
    if (point.kind === 'stands') worker.startAt(point.offset, row, log);
  };
  tell(options.position);
  const changeLog = (changed: PartitionLog): void => void (log = changed);
  /** What Kafka gives for a fetch at `from`: the records of these offsets. */
  const process = (offsets: readonly number[], more: Partial<FetchedBatch> = {}): Promise<BatchOutcome> =>
    worker.process({
      messages: offsets.map((offset) => orderRecord(offset)),
      endOffset: (offsets.at(-1) ?? log.end - 1) + 1,
      logEndOffset: log.end,
      shouldStop: () => false,
      log: async () => {
        asked += 1;
        return log;
      },
      ...more,
    });
  /** The database is set back, and the position watch has found out. */
  const setBack = (position: number): void => {
    store.positions.set('worker/orders/2', position);
    tell(position);
  };
  /** How often the brokers were asked about the log. */
  const timesAsked = (): number => asked;
  return { worker, store, box, handled, waits, entries, process, changeLog, setBack, timesAsked };
}
