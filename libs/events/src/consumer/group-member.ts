import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { DeadLetterPublisher } from '../dead-letter/publisher.ts';
import { TransientError } from '../errors.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { silentLog, type LogSink } from '../kafka/log.ts';
import { readCommitted } from '../kafka/read-committed.ts';
import { readLogs, readTopicIds, type PartitionLog } from '../kafka/read-logs.ts';
import { ClientSockets } from '../kafka/sockets.ts';
import { within } from '../kafka/within.ts';
import type { EffectStore } from './effect-store.ts';
import type { BatchOutcome } from './fetched-batch.ts';
import { HeartbeatPump } from './heartbeat-pump.ts';
import { HEARTBEAT_MS, newConsumer } from './new-consumer.ts';
import { OffsetCommits } from './offset-commits.ts';
import { PartitionWorker } from './partition-worker.ts';
import { PausedPartitions } from './paused-partitions.ts';
import { PositionWatch } from './position-watch.ts';
import { SignsOfLife } from './signs-of-life.ts';
import type { Subscription } from './subscription.ts';
import { waitUnless } from './wait-unless.ts';

export interface GroupMemberOptions {
  readonly kafka: KafkaSettings;
  readonly group: string;
  readonly subscriptions: readonly Subscription[];
  readonly store: EffectStore;
  readonly deadLetters: DeadLetterPublisher;
  /** How often the positions of partitions where nothing happens are compared with the store, ms. */
  readonly lookEveryMs: number;
}

/** How many partitions are worked on side by side; how many transactions that makes is for the store to decide. */
const PARTITIONS_AT_A_TIME = 32;
/** How long a batch is kept until it is known where the group stands; then it is fetched again, once it is known. */
const START_WAIT_MS = 2_000;
/** What a joined member asks for again and again; answered at once, or within the fetch's wait. */
const IN_TURN: ReadonlySet<string> = new Set(['Fetch', 'Heartbeat', 'OffsetCommit']);
/** How long a stop waits for a join under way, which could be left properly then. */
const JOIN_GRACE_MS = 2_000;
/** With no work in hand, leaving takes a few ms; a Kafka that does not answer is not waited for. */
const GOODBYE_MS = 3_000;

/** A partition that does not move: since when (RFC 3339), why, and whether for good. */
export interface BlockedPartition {
  readonly partition: string;
  readonly since: string;
  readonly error: string;
  /** Until somebody does something about it. */
  readonly halted: boolean;
}

/**
 * One membership of a consumer group, from joining to leaving or breaking. It never heals itself: when kafkajs gives up or falls
 * silent, the supervisor replaces the whole member, since a kafkajs consumer that crashed may come back beside its successor.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #log: LogSink;
  readonly #sockets = new ClientSockets();
  readonly #consumer: Consumer;
  readonly #subscriptions: ReadonlyMap<string, Subscription>;
  readonly #workers = new Map<string, PartitionWorker>();
  readonly #commits: OffsetCommits;
  readonly #stopping = new AbortController();
  readonly #paused: PausedPartitions;
  readonly #watch: PositionWatch;
  /** Partitions with a batch that waits until it is known where the group stands. */
  readonly #waiting = new Set<string>();
  #started: Promise<void> = Promise.resolve();
  #resolveJoined: () => void = () => undefined;
  #resolveEnded: (why: unknown) => void = () => undefined;

  /** Resolves when the group has given this member its partitions for the first time. */
  readonly joined = new Promise<void>((resolve) => (this.#resolveJoined = resolve));
  /** Resolves with the reason when the membership broke. */
  readonly ended = new Promise<unknown>((resolve) => (this.#resolveEnded = resolve));
  readonly life = new SignsOfLife();
  /** Partitions held, as `topic/partition`. */
  assignment: readonly string[] = [];

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#log = options.kafka.log ?? silentLog;
    this.#subscriptions = new Map(
      options.subscriptions.map((subscription) => [subscription.topic, subscription]),
    );
    this.#consumer = newConsumer(options.kafka, options.group, this.#sockets, () => this.life.joinBegins());
    this.#paused = new PausedPartitions(this.#consumer);
    this.#commits = new OffsetCommits((positions) =>
      this.#consumer.commitOffsets(
        positions.map(({ offset, ...partition }) => ({ ...partition, offset: String(offset) })),
      ),
    );
    this.#watch = new PositionWatch({
      group: options.subscriptions[0]?.group ?? options.group,
      topics: [...this.#subscriptions.keys()],
      store: options.store,
      readLogs: (topics) => readLogs(options.kafka, topics),
      readTopicIds: (topics) => readTopicIds(options.kafka, topics),
      readCommitted: options.subscriptions.some(({ marksHandledBefore }) => marksHandledBefore)
        ? (topics) => readCommitted(options.kafka, options.group, topics)
        : undefined,
      onStands: (worker, offset) => this.#goOn(worker, offset),
      onHalted: (worker, unhandledFrom) => this.#halted(worker, unhandledFrom),
      lookEveryMs: options.lookEveryMs,
      log: this.#log,
    });
    this.#listen();
  }

  get lastCommitAtMs(): number | undefined {
    return this.#commits.lastCommitAtMs;
  }

  /** Partitions that do not move, with the reason. */
  blocked(): BlockedPartition[] {
    return [...this.#workers].flatMap(([partition, { blocked }]) => {
      if (blocked === undefined) return [];
      const { sinceMs, error, isHalted: halted = false } = blocked;
      return [{ partition, since: new Date(sinceMs).toISOString(), error, halted }];
    });
  }

  /** Connects and joins. @throws when Kafka is away or a topic does not exist; the member is useless then */
  start(): Promise<void> {
    return (this.#started = this.#join());
  }

  /**
   * Ends the slices under way, commits, leaves the group. After `deadlineMs` the connections are broken instead, so that in any case
   * nothing of this member fetches, commits or holds a partition afterwards. A handler that still runs finds its position moved on.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort(new TransientError('stopping', 'the consumer stops'));
    this.#watch.stop();
    this.#paused.close();
    const patienceMs = this.life.isWorking ? deadlineMs : Math.min(deadlineMs, GOODBYE_MS);
    await within(patienceMs, this.#leave()).catch(() => undefined);
    this.#sockets.destroy();
    this.#commits.clear();
    this.#forgetPartitions([]);
    this.life.over();
  }

  async #join(): Promise<void> {
    const topics = [...this.#subscriptions.keys()];
    await this.#consumer.connect();
    this.#stopping.signal.throwIfAborted();
    await this.#consumer.subscribe({ topics, fromBeginning: true });
    this.#stopping.signal.throwIfAborted();
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_A_TIME,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  async #leave(): Promise<void> {
    // kafkajs cannot be stopped in the middle of this: it would go on, and join after it has left.
    await within(
      JOIN_GRACE_MS,
      this.#started.catch(() => undefined),
    );
    await this.#commits.flush();
    await this.#consumer.disconnect();
  }

  #listen(): void {
    const { GROUP_JOIN, FETCH, HEARTBEAT, REBALANCING, REQUEST_TIMEOUT, CRASH } = this.#consumer.events;
    this.#consumer.on(FETCH, () => this.life.turns());
    this.#consumer.on(HEARTBEAT, () => this.life.turns());
    this.#consumer.on(REBALANCING, () => this.life.joinBegins());
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      const workers = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => this.#newWorker(topic, partition)),
      );
      // Another member may have moved every position meanwhile.
      this.#forgetPartitions(workers.map(({ name }) => name));
      for (const worker of workers) this.#workers.set(worker.name, worker);
      this.#commits.clear();
      this.#paused.resumeAll();
      this.#watch.begin(workers);
      this.life.joinEnds();
      this.#resolveJoined();
    });
    // kafkajs asks the same silent broker five times more before it looks who leads the partition now, while others keep this member alive.
    this.#consumer.on(REQUEST_TIMEOUT, ({ payload: { broker, apiName } }) => {
      // The coordinator answers one after the other: what is asked of it behind a join waits as long as that does.
      if (!IN_TURN.has(apiName) || !this.life.isJoined) return;
      this.life.over();
      this.#resolveEnded(new Error(`${broker} does not answer: ${apiName}`));
    });
    this.#consumer.on(CRASH, ({ payload }) => {
      this.life.over();
      this.#resolveEnded(payload.error);
    });
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const pump = new HeartbeatPump(() => payload.heartbeat(), HEARTBEAT_MS / 4);
    this.life.workBegins();
    try {
      const worker = await this.#startedWorker(batch);
      if (worker === undefined) return;
      const outcome = await worker.process({
        messages: batch.messages,
        endOffset: Number(batch.lastOffset()) + 1,
        logEndOffset: Number(batch.highWatermark),
        shouldStop: () =>
          this.#stopping.signal.aborted ||
          pump.error !== undefined ||
          !payload.isRunning() ||
          payload.isStale(),
        log: () => this.#logOf(worker),
      });
      if (this.#isAssigned(worker)) this.#follow(outcome, worker, payload);
      if (this.#stopping.signal.aborted || pump.error !== undefined) await this.#commits.flush();
    } finally {
      pump.stop();
      this.life.workEnds();
    }
    // Only the group's own errors may reach kafkajs, so that it joins again. Anything else would crash it.
    if (pump.error !== undefined) throw pump.error as Error;
  }

  #follow(outcome: BatchOutcome, worker: PartitionWorker, payload: EachBatchPayload): void {
    const { topic, partition } = payload.batch;
    if (outcome.kind === 'seek') {
      this.#consumer.seek({ topic, partition, offset: String(outcome.position) });
      return;
    }
    if (outcome.kind === 'halted') return this.#halted(worker, outcome.unhandledFrom);
    if (outcome.position > Number(payload.batch.firstOffset() ?? 0)) {
      payload.resolveOffset(String(outcome.position - 1));
      if (outcome.position >= worker.handledUpTo) this.#commits.note(payload, outcome.position);
    }
    if (outcome.kind === 'blocked') this.#paused.pause({ topic, partition }, outcome.pauseMs);
  }

  /** kafkajs throws when told of a partition that it has given away meanwhile. */
  #isAssigned(worker: PartitionWorker): boolean {
    return this.#workers.get(worker.name) === worker;
  }

  /** The worker of a batch, once it knows where the group stands. When that takes too long, the partition is read on once it does. */
  async #startedWorker({
    topic,
    partition,
  }: EachBatchPayload['batch']): Promise<PartitionWorker | undefined> {
    const worker = this.#workers.get(`${topic}/${partition}`);
    if (worker === undefined || worker.isStarted) return worker;
    this.#waiting.add(worker.name);
    await within(START_WAIT_MS, this.#watch.asking).catch(() => undefined);
    this.#waiting.delete(worker.name);
    if (!this.#isAssigned(worker)) return undefined;
    if (worker.isStarted) return worker;
    this.#paused.pause(worker);
    return undefined;
  }

  /** Kafka's committed offset may be elsewhere, and no record may come to show it. */
  #goOn({ name, topic, partition, handledUpTo }: PartitionWorker, offset: number): void {
    if (offset >= handledUpTo) this.#commits.noteStart({ topic, partition, offset });
    this.#paused.resume(name);
    // A batch at hand finds out by itself whether it begins where the group stands; this would throw it away.
    if (!this.#waiting.has(name)) this.#consumer.seek({ topic, partition, offset: String(offset) });
  }

  /** What was committed of another log must not pass for this one's, also after a restart. */
  #halted({ topic, partition }: PartitionWorker, unhandledFrom: number | undefined): void {
    if (unhandledFrom !== undefined) this.#commits.noteStart({ topic, partition, offset: unhandledFrom });
    this.#paused.pause({ topic, partition });
  }

  #forgetPartitions(assigned: readonly string[]): void {
    for (const [name, worker] of this.#workers) if (!assigned.includes(name)) worker.retire();
    this.#workers.clear();
    this.assignment = assigned;
  }

  #newWorker(topic: string, partition: number): PartitionWorker {
    return new PartitionWorker({
      subscription: this.#subscriptions.get(topic) as Subscription,
      partition,
      store: this.#options.store,
      deadLetters: this.#options.deadLetters,
      log: this.#log,
      wait: (ms) => waitUnless(this.#stopping.signal, ms),
    });
  }

  async #logOf({ name, topic }: PartitionWorker): Promise<PartitionLog> {
    const log = (await readLogs(this.#options.kafka, [topic])).get(name);
    if (log === undefined)
      throw new TransientError('unknown-partition', 'the brokers do not know the partition');
    return log;
  }
}
