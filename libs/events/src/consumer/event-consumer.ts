import { DeadLetterPublisher } from '../dead-letter/publisher.ts';
import { protocolErrorType } from '../producer/send-failure.ts';
import type { EventProducer } from '../producer/event-producer.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { silentLog, type LogSink } from '../kafka/log.ts';
import { backOffMs } from './back-off.ts';
import type { EffectStore } from './effect-store.ts';
import { GroupMember, type BlockedPartition } from './group-member.ts';
import type { Subscription } from './subscription.ts';

export interface EventConsumerOptions {
  readonly kafka: KafkaSettings;
  readonly group: string;
  readonly subscriptions: readonly Subscription[];
  readonly store: EffectStore;
  /** Writes the dead letters. The caller closes it, after the consumer. */
  readonly producer: EventProducer;
  /** How long `close` waits for the slices under way, ms. Default 15,000. */
  readonly drainTimeoutMs?: number;
  /** How often the positions of partitions where nothing happens are compared with the store, ms. Default 10,000. */
  readonly lookEveryMs?: number;
}

/** What an operator, a readiness check and a dashboard want to know of a consumer. */
export interface ConsumerHealth {
  readonly group: string;
  readonly joined: boolean;
  readonly assignment: readonly string[];
  readonly lastTurnAtMs: number | undefined;
  readonly lastCommitAtMs: number | undefined;
  /** How often a dead or silent member was replaced. */
  readonly replaced: number;
  readonly blocked: readonly BlockedPartition[];
}

const WATCH_MS = 1_000;
/** A membership of so long was a good one: the next one begins without delay. One that breaks at once would otherwise join for ever. */
const LASTING_MS = 30_000;
/** Who does not answer is not waited for. */
const SILENT_GOODBYE_MS = 1_000;

/**
 * Consumes a group's topics for as long as the process lives: joins, and replaces the membership whenever it breaks or falls
 * silent. Every record is handled in partition order and at least once; libs/transactional makes it exactly once.
 */
export class EventConsumer {
  readonly #options: EventConsumerOptions;
  readonly #log: LogSink;
  readonly #deadLetters: DeadLetterPublisher;
  #member: GroupMember | undefined;
  #running: Promise<void> | undefined;
  #closing = false;
  #wakeUp: () => void = () => undefined;
  #replaced = 0;
  #lastCommitAtMs: number | undefined;

  constructor(options: EventConsumerOptions) {
    this.#options = options;
    this.#log = options.kafka.log ?? silentLog;
    this.#deadLetters = new DeadLetterPublisher(options.producer);
  }

  /** Resolves once the group has been joined, however long Kafka is away before; resolves also when closed meanwhile. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#keepJoined(resolve).finally(resolve);
    });
  }

  health(): ConsumerHealth {
    const member = this.#member;
    return {
      group: this.#options.group,
      joined: member?.life.isJoined ?? false,
      assignment: member?.assignment ?? [],
      lastTurnAtMs: member?.life.lastTurnAtMs,
      lastCommitAtMs: member?.lastCommitAtMs ?? this.#lastCommitAtMs,
      replaced: this.#replaced,
      blocked: member?.blocked() ?? [],
    };
  }

  /** Ends the slices under way, commits and leaves the group. Nothing is lost when the deadline cuts it short: it is read again. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wakeUp();
    await this.#running;
  }

  async #keepJoined(onJoined: () => void): Promise<void> {
    for (let failures = 0; !this.#closing;) {
      const member = new GroupMember({
        kafka: this.#options.kafka,
        group: this.#options.group,
        subscriptions: this.#options.subscriptions,
        store: this.#options.store,
        deadLetters: this.#deadLetters,
        lookEveryMs: this.#options.lookEveryMs ?? 10_000,
      });
      this.#member = member;
      void member.joined.then(onJoined);
      const why = await this.#untilOver(member);
      const isSilent = member.life.isSilent(Date.now());
      await member.stop(isSilent ? SILENT_GOODBYE_MS : (this.#options.drainTimeoutMs ?? 15_000));
      this.#lastCommitAtMs = member.lastCommitAtMs ?? this.#lastCommitAtMs;
      if (this.#closing) return;
      failures = Date.now() - (member.life.joinedAtMs ?? Infinity) > LASTING_MS ? 1 : failures + 1;
      this.#replaced += 1;
      this.#report(why);
      await this.#pause(backOffMs(failures));
    }
  }

  /** Resolves with the reason when the membership is of no more use, or with undefined when the consumer closes. */
  async #untilOver(member: GroupMember): Promise<unknown> {
    const closed = new Promise<undefined>((resolve) => (this.#wakeUp = () => resolve(undefined)));
    let watch: NodeJS.Timeout | undefined;
    const silent = new Promise<unknown>((resolve) => {
      watch = setInterval(() => {
        if (!member.life.isSilent(Date.now())) return;
        resolve(new Error(`no sign of life for ${Date.now() - member.life.lastTurnAtMs} ms`));
      }, WATCH_MS);
    });
    const failed = member.start().then(
      () => member.ended,
      (error: unknown) => error,
    );
    const why = await Promise.race([closed, silent, failed, member.ended]);
    clearInterval(watch);
    return why;
  }

  #report(why: unknown): void {
    const isTopicMissing = protocolErrorType(why) === 'UNKNOWN_TOPIC_OR_PARTITION';
    const hint = isTopicMissing ? ' A topic is missing: run `orderstream topics apply`.' : '';
    const name = why instanceof Error ? `${why.name}: ${why.message}` : String(why);
    this.#log({
      level: 'warn',
      message: `membership of group ${this.#options.group} ended, joining again.${hint}`,
      detail: { reason: name, replaced: this.#replaced },
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#closing) this.#wakeUp();
    });
  }
}
