import { Server } from '@nestjs/microservices';
import { EventConsumer, type ConsumerHealth, type EventConsumerOptions } from '../consumer/event-consumer.ts';
import type { Handler } from '../consumer/subscription.ts';
import { subscriptionsOf } from '../consumer/subscription.ts';
import type { ConsumerGroup } from '../topics.ts';

export interface EventServerOptions extends Omit<EventConsumerOptions, 'group' | 'subscriptions'> {
  readonly group: ConsumerGroup;
  /** Asked for when the server starts, once every provider exists. */
  readonly handlers: () => readonly Handler[];
}

const READINESS = Symbol.for('orderstream.readiness');
const LIVENESS = Symbol.for('orderstream.liveness');
/** As contract.md says: not ready once nothing has been heard for so long. No sooner, unless a partition stands for good: a batch that fails once, and goes through, is everyday. */
const STALE_MS = 10_000;
/** A silent member is replaced after seconds; a consumer that stays silent for so long is beyond self-help. */
const DEAD_MS = 300_000;

/** A consumer group of the service as a Nest transport strategy: Nest starts it once the application is up, and drains it on close. */
export class EventServer extends Server {
  override readonly transportId: symbol;
  readonly #options: EventServerOptions;
  #consumer: EventConsumer | undefined;

  constructor(options: EventServerOptions) {
    super();
    this.#options = options;
    this.transportId = Symbol.for(`orderstream.group.${options.group}`);
  }

  get group(): ConsumerGroup {
    return this.#options.group;
  }

  /** Calls back once the group is joined. @throws when two handlers of the group share a topic, or there is none */
  listen(callback: (error?: unknown) => void): void {
    const { handlers, group, ...options } = this.#options;
    const found = handlers();
    if (found.length === 0) throw new Error(`group ${group} has no handler: is its provider in a module?`);
    this.#consumer = new EventConsumer({ ...options, group, subscriptions: subscriptionsOf(group, found) });
    void this.#consumer.start().then(() => callback());
  }

  async close(): Promise<void> {
    await this.#consumer?.close();
  }

  health(): ConsumerHealth | undefined {
    return this.#consumer?.health();
  }

  [READINESS](): { name: string; ready: boolean; detail: object } {
    const health = this.health();
    const staleSinceMs = Date.now() - STALE_MS;
    const isTurning = (health?.lastTurnAtMs ?? 0) > staleSinceMs;
    const isStanding =
      health?.blocked.some(({ since, halted }) => halted || Date.parse(since) <= staleSinceMs) ?? false;
    const ready = health !== undefined && health.joined && isTurning && !isStanding;
    return { name: `consumer ${this.group}`, ready, detail: { ...health, turning: isTurning } };
  }

  [LIVENESS](): { name: string; alive: boolean; detail: object } {
    const silentMs = Date.now() - (this.health()?.lastTurnAtMs ?? Date.now());
    return { name: `consumer ${this.group}`, alive: silentMs < DEAD_MS, detail: { silentMs } };
  }

  on(): never {
    throw new Error('EventServer has no events of its own; ask health()');
  }

  unwrap<T>(): T {
    return this.#consumer as T;
  }
}
