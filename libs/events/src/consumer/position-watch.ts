import type { LogSink } from '../kafka/log.ts';
import type { PartitionLog } from '../kafka/read-logs.ts';
import { backOffMs } from './back-off.ts';
import type { EffectStore, StoredPosition } from './effect-store.ts';
import { errorName } from './error-name.ts';
import type { PartitionWorker } from './partition-worker.ts';
import { startingPoint } from './starting-point.ts';

export interface PositionWatchOptions {
  /** As the store knows the group. */
  readonly group: string;
  readonly topics: readonly string[];
  readonly store: EffectStore;
  /** Asks the brokers about all partitions of some topics. By `topic/partition`. */
  readonly readLogs: (topics: readonly string[]) => Promise<ReadonlyMap<string, PartitionLog>>;
  /** Asks the brokers for the ids of some topics. By topic; without those that have none. */
  readonly readTopicIds: (topics: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Asks for Kafka's committed offsets of the group, by `topic/partition`; only where a handler wants to know what was handled before. */
  readonly readCommitted?: ((topics: readonly string[]) => Promise<ReadonlyMap<string, number>>) | undefined;
  /** The worker has been told to go on at `offset`. */
  readonly onStands: (worker: PartitionWorker, offset: number) => void;
  /** The worker has been halted. `unhandledFrom` is set where the log is another one than was handled: where it begins. */
  readonly onHalted: (worker: PartitionWorker, unhandledFrom: number | undefined) => void;
  /** How long a restored database goes unnoticed where no record arrives, ms: one query of it for all partitions. */
  readonly lookEveryMs: number;
  readonly log: LogSink;
}

type Logs = ReadonlyMap<string, PartitionLog>;
type Stored = ReadonlyMap<string, StoredPosition>;

interface Halt {
  readonly stored: StoredPosition | undefined;
  readonly atMs: number;
}

/** How soon a halted partition is compared with its log again although nobody has touched the position. */
const HALTED_MS = 60_000;

/**
 * Finds out where the group stands: when partitions are given to this member, and again and again after that for those where nothing
 * happens, because the database may be set back under a group that has nothing to do. It never waits for a record. What cannot be
 * found out is asked again, without anybody waiting for it but the partitions themselves.
 */
export class PositionWatch {
  readonly #options: PositionWatchOptions;
  readonly #halts = new Map<PartitionWorker, Halt>();
  #workers: readonly PartitionWorker[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #asking: Promise<void> = Promise.resolve();

  constructor(options: PositionWatchOptions) {
    this.#options = options;
  }

  /** Resolves when the question under way has been answered, or has failed. Never rejects. */
  get asking(): Promise<void> {
    return this.#asking;
  }

  /** Begins with these partitions and forgets all others. */
  begin(workers: readonly PartitionWorker[]): void {
    this.stop();
    this.#workers = workers;
    this.#failures = 0;
    if (workers.length > 0) this.#look();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#workers = [];
    this.#halts.clear();
  }

  #look(): void {
    const workers = this.#workers;
    this.#asking = this.#compare(workers)
      .then(
        () => (this.#failures = 0),
        (error: unknown) => this.#failed(workers, error),
      )
      .then(() => {
        if (workers !== this.#workers) return;
        this.#timer = setTimeout(
          () => this.#look(),
          this.#failures === 0 ? this.#options.lookEveryMs : backOffMs(this.#failures),
        );
      });
  }

  #failed(workers: readonly PartitionWorker[], error: unknown): void {
    if (workers !== this.#workers) return;
    this.#failures += 1;
    const waiting = workers.filter(({ isStarted, isHalted }) => !isStarted && !isHalted);
    for (const worker of waiting) worker.waitsFor(error);
    this.#options.log({
      level: this.#failures === 1 && waiting.length > 0 ? 'warn' : 'debug',
      message: 'it cannot be found out where the group stands, asked again',
      detail: { group: this.#options.group, partitions: waiting.length, error: errorName(error) },
    });
  }

  async #compare(workers: readonly PartitionWorker[]): Promise<void> {
    const { group, topics, store, readLogs, readCommitted } = this.#options;
    const before = new Map(workers.map((worker) => [worker, worker.stored]));
    // The position first: somebody who still finishes a slice may move it, and the log's end is never before it then.
    const [rows, recreated] = await Promise.all([
      store.readPositions(group, topics),
      this.#recreated(workers),
    ]);
    if (workers !== this.#workers) return;
    const stored = await this.#named(workers, rows);
    if (workers !== this.#workers) return;
    for (const worker of recreated) worker.doubt();
    const hasMoved = (worker: PartitionWorker): boolean =>
      worker.isStarted && (worker.isWorking || worker.stored !== before.get(worker));
    const isDue = (worker: PartitionWorker): boolean =>
      recreated.has(worker) || this.#isDue(worker, stored.get(worker.name));
    const due = workers.filter((worker) => !hasMoved(worker) && isDue(worker));
    if (due.length === 0) return;
    const dueTopics = [...new Set(due.map(({ topic }) => topic))];
    const [logs, committed] = await Promise.all([readLogs(dueTopics), readCommitted?.(dueTopics)]);
    if (workers !== this.#workers) return;
    const still = due.filter((worker) => !hasMoved(worker));
    await this.#tell(still, stored, logs, committed ?? new Map());
  }

  /**
   * What the store says, by `topic/partition`. A row without an id would pass for any topic of the name: it is given the one that is worked
   * on, also when that failed before.
   */
  async #named(workers: readonly PartitionWorker[], rows: Iterable<StoredPosition>): Promise<Stored> {
    const { group, store } = this.#options;
    const stored = new Map([...rows].map((row) => [`${row.topic}/${row.partition}`, row]));
    const unnamed = workers.flatMap(({ isStarted, name, topicId }) => {
      const row = stored.get(name);
      return isStarted && topicId !== undefined && row && row.topicId === undefined
        ? [{ ...row, topicId }]
        : [];
    });
    for (const [topicId, some] of Map.groupBy(unnamed, (row) => row.topicId)) {
      const partitions = some.map(({ partition }) => partition);
      await store.noteTopicId(group, (some[0] as StoredPosition).topic, partitions, topicId);
    }
    for (const row of unnamed) stored.set(`${row.topic}/${row.partition}`, row);
    return stored;
  }

  /** Those whose topic is another one by now, which may have outgrown the position between two fetches. */
  async #recreated(workers: readonly PartitionWorker[]): Promise<ReadonlySet<PartitionWorker>> {
    const started = workers.filter(({ isStarted, topicId }) => isStarted && topicId !== undefined);
    if (started.length === 0) return new Set();
    const topics = [...new Set(started.map(({ topic }) => topic))];
    const ids = await this.#options.readTopicIds(topics).catch((error: unknown) => {
      // While Kafka is away there is nothing to be read, either.
      const detail = { group: this.#options.group, error: errorName(error) };
      this.#options.log({ level: 'debug', message: 'topic ids cannot be asked for', detail });
      return new Map<string, string>();
    });
    return new Set(
      started.filter(({ topic, topicId, isStarted }) => isStarted && (ids.get(topic) ?? topicId) !== topicId),
    );
  }

  #isDue(worker: PartitionWorker, stored: StoredPosition | undefined): boolean {
    if (worker.isStarted) return stored?.nextOffset !== worker.stored;
    const halt = worker.isHalted ? this.#halts.get(worker) : undefined;
    if (halt === undefined || Date.now() - halt.atMs > HALTED_MS) return true;
    return stored?.nextOffset !== halt.stored?.nextOffset || stored?.topicId !== halt.stored?.topicId;
  }

  async #tell(
    workers: readonly PartitionWorker[],
    stored: Stored,
    logs: Logs,
    committed: ReadonlyMap<string, number>,
  ): Promise<void> {
    const unknown: string[] = [];
    for (const worker of workers) {
      const log = logs.get(worker.name);
      if (log === undefined) {
        unknown.push(worker.name);
        continue;
      }
      const row = stored.get(worker.name);
      const point = startingPoint(row, log);
      if (point.kind === 'halted') {
        worker.halt(point);
        this.#halts.set(worker, { stored: row, atMs: Date.now() });
        this.#options.onHalted(worker, point.unhandledFrom);
        continue;
      }
      this.#halts.delete(worker);
      worker.startAt(point.offset, row, log, committed.get(worker.name));
      this.#options.onStands(worker, point.offset);
    }
    await this.#named(workers, stored.values());
    // They came into being a moment ago: not every broker knows of them yet.
    if (unknown.length > 0) throw new Error(`the brokers know no partition ${unknown.join(', ')}`);
  }
}
