import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { DeadLetterPublisher } from '../dead-letter/publisher.ts';
import { TransientError } from '../errors.ts';
import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import { silentLog, type LogSink } from '../kafka/log.ts';
import type { EffectStore } from './effect-store.ts';
import { HeartbeatPump } from './heartbeat-pump.ts';
import { OffsetCommits } from './offset-commits.ts';
import { PartitionWorker, type BatchOutcome } from './partition-worker.ts';
import type { Subscription } from './subscription.ts';

export interface GroupMemberOptions {
  readonly kafka: KafkaSettings;
  readonly group: string;
  readonly subscriptions: readonly Subscription[];
  readonly store: EffectStore;
  readonly deadLetters: DeadLetterPublisher;
  /** How many partitions are worked on side by side. */
  readonly concurrency: number;
}

/** How often the coordinator hears of us; a third of the session would do. */
const HEARTBEAT_MS = 2_000;
/**
 * How long the partitions of a killed member stand still: kafkajs has no static membership, so its successor waits for the session to
 * end. The event loop is never blocked for as long; a session lost under load costs a rebalance, no record.
 */
const SESSION_TIMEOUT_MS = 10_000;
/** A member that works on a batch joins late: the worst batch must fit. */
const REBALANCE_TIMEOUT_MS = 60_000;
/** Also how long a resumed partition may wait for its next fetch. */
const MAX_FETCH_WAIT_MS = 250;
const MAX_PARTITION_BYTES = 512 * 1024;
const MAX_FETCH_BYTES = 4 * 1024 * 1024;
/** kafkajs never parks a partition for good; this comes close. */
const HALTED_PAUSE_MS = 24 * 60 * 60 * 1000;

/**
 * One membership of a consumer group, from joining to leaving or breaking. It never heals itself: when kafkajs gives up or falls
 * silent, the supervisor replaces the whole member, since a kafkajs consumer that crashed may come back beside its successor.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #log: LogSink;
  readonly #kafka: Kafka;
  readonly #consumer: Consumer;
  readonly #subscriptions: ReadonlyMap<string, Subscription>;
  readonly #workers = new Map<string, PartitionWorker>();
  readonly #commits = new OffsetCommits();
  readonly #stopping = new AbortController();
  readonly #resumeTimers = new Set<NodeJS.Timeout>();
  #batchesInWork = 0;
  #resolveJoined: () => void = () => undefined;
  #resolveEnded: (why: unknown) => void = () => undefined;

  /** Resolves when the group has given this member its partitions for the first time. */
  readonly joined = new Promise<void>((resolve) => (this.#resolveJoined = resolve));
  /** Resolves with the reason when the membership broke. */
  readonly ended = new Promise<unknown>((resolve) => (this.#resolveEnded = resolve));
  isJoined = false;
  /** Unix ms of the last sign of life: fetch, heartbeat, join, end of a batch. */
  lastTurnAtMs = Date.now();
  /** Partitions held, as `topic/partition`. */
  assignment: readonly string[] = [];

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#log = options.kafka.log ?? silentLog;
    this.#kafka = createKafka(options.kafka);
    this.#subscriptions = new Map(
      options.subscriptions.map((subscription) => [subscription.topic, subscription]),
    );
    this.#consumer = this.#kafka.consumer({
      groupId: options.group,
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: MAX_FETCH_WAIT_MS,
      maxBytesPerPartition: MAX_PARTITION_BYTES,
      maxBytes: MAX_FETCH_BYTES,
      allowAutoTopicCreation: false,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false },
    });
    this.#listen();
  }

  get lastCommitAtMs(): number | undefined {
    return this.#commits.lastCommitAtMs;
  }

  /** True while a batch is being worked on: the loop is busy, not dead. */
  get isWorking(): boolean {
    return this.#batchesInWork > 0;
  }

  /** Partitions that do not move, with the reason. */
  blocked(): { partition: string; since: string; error: string }[] {
    return [...this.#workers].flatMap(([partition, { blocked }]) =>
      blocked ? [{ partition, since: new Date(blocked.sinceMs).toISOString(), error: blocked.error }] : [],
    );
  }

  /** Connects and joins. @throws when Kafka is away or a topic does not exist; the member is useless then */
  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#subscriptions.keys()], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.concurrency,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  /** Ends the slices under way, commits, leaves the group. Gives up waiting after `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort(new TransientError('stopping', 'the consumer stops'));
    for (const timer of this.#resumeTimers) clearTimeout(timer);
    const leave = this.#commits
      .flush()
      .then(() => this.#consumer.disconnect())
      .catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([leave, new Promise((resolve) => (timer = setTimeout(resolve, deadlineMs)))]);
    clearTimeout(timer);
    this.#commits.clear();
    this.isJoined = false;
  }

  #listen(): void {
    const { GROUP_JOIN, FETCH, HEARTBEAT, REBALANCING, CRASH } = this.#consumer.events;
    const turn = (): void => void (this.lastTurnAtMs = Date.now());
    this.#consumer.on(FETCH, turn);
    this.#consumer.on(HEARTBEAT, turn);
    this.#consumer.on(REBALANCING, () => {
      this.isJoined = false;
    });
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      turn();
      // Another member may have moved every position meanwhile.
      this.#workers.clear();
      this.#commits.clear();
      this.assignment = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => `${topic}/${partition}`),
      );
      this.isJoined = true;
      this.#resolveJoined();
    });
    this.#consumer.on(CRASH, ({ payload }) => {
      this.isJoined = false;
      this.#resolveEnded(payload.error);
    });
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, isRunning, isStale } = payload;
    const pump = new HeartbeatPump(payload.heartbeat, HEARTBEAT_MS);
    this.#batchesInWork += 1;
    try {
      const worker = this.#worker(batch.topic, batch.partition);
      const outcome = await worker.process({
        messages: batch.messages,
        endOffset: Number(batch.lastOffset()) + 1,
        logEndOffset: Number(batch.highWatermark),
        shouldStop: () =>
          this.#stopping.signal.aborted || pump.error !== undefined || !isRunning() || isStale(),
        logStartOffset: () => this.#logStartOffset(batch.topic, batch.partition),
      });
      this.#follow(outcome, payload);
      if (this.#stopping.signal.aborted || pump.error !== undefined) await this.#commits.flush();
    } finally {
      pump.stop();
      this.#batchesInWork -= 1;
      this.lastTurnAtMs = Date.now();
    }
    // Only the group's own errors may reach kafkajs, so that it joins again. Anything else would crash it.
    if (pump.error !== undefined) throw pump.error;
  }

  #follow(outcome: BatchOutcome, payload: EachBatchPayload): void {
    const { topic, partition } = payload.batch;
    if (outcome.kind === 'seek') {
      this.#consumer.seek({ topic, partition, offset: String(outcome.position) });
      return;
    }
    if (outcome.kind === 'halted') return this.#pause(payload, HALTED_PAUSE_MS);
    if (outcome.position > Number(payload.batch.firstOffset() ?? 0)) {
      payload.resolveOffset(String(outcome.position - 1));
      this.#commits.note(payload, outcome.position);
    }
    if (outcome.kind === 'blocked') this.#pause(payload, outcome.pauseMs);
  }

  #pause(payload: EachBatchPayload, pauseMs: number): void {
    const resume = payload.pause();
    const timer = setTimeout(() => {
      this.#resumeTimers.delete(timer);
      try {
        resume();
      } catch {
        // The partition went to another member, or the consumer ended: nothing to resume.
      }
    }, pauseMs);
    this.#resumeTimers.add(timer);
  }

  #worker(topic: string, partition: number): PartitionWorker {
    const name = `${topic}/${partition}`;
    const known = this.#workers.get(name);
    if (known !== undefined) return known;
    const worker = new PartitionWorker({
      subscription: this.#subscriptions.get(topic) as Subscription,
      partition,
      store: this.#options.store,
      deadLetters: this.#options.deadLetters,
      log: this.#log,
      wait: (ms) => this.#wait(ms),
    });
    this.#workers.set(name, worker);
    return worker;
  }

  #wait(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      if (signal.aborted) return reject(signal.reason as Error);
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, ms);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  async #logStartOffset(topic: string, partition: number): Promise<number> {
    const admin = this.#kafka.admin();
    try {
      await admin.connect();
      const offsets = await admin.fetchTopicOffsets(topic);
      return Number(offsets.find((entry) => entry.partition === partition)?.low ?? 0);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}
