import type { EventContract } from '../contract.ts';
import { retryTopic, type ConsumerGroup, type Topic } from '../topics.ts';
import type { HandleEvents } from './effect-store.ts';

/** How a handler wants to be treated. */
export interface HandlerOptions {
  /** How often one record may fail with an unknown error before it is dead-lettered, first delivery included. Default 5. */
  readonly maxAttempts?: number;
  /** `event-id` for a handler whose effect has no natural key: an inbox table remembers what was handled. */
  readonly dedupe?: 'event-id';
  /**
   * For a handler whose effect leaves the database, as a mail does: events that were handled before by a database that is gone are marked
   * (`wasHandledBefore`). Kafka's committed offsets tell which those are; they are not set back while the group comes to them again.
   */
  readonly marksHandledBefore?: boolean;
}

/** One handler of one group: the event types it takes and the method that takes them. */
export interface Handler {
  readonly contracts: readonly EventContract[];
  readonly handle: HandleEvents;
  readonly options: HandlerOptions;
}

/** One topic of the broker that a group reads, and what it does with the records. */
export interface Subscription {
  readonly group: ConsumerGroup;
  /** As on the broker: the source topic, or the group's retry topic of it. */
  readonly topic: string;
  readonly source: Topic;
  /** By event type, then by schema version. A type that is missing is not this group's business. */
  readonly handled: ReadonlyMap<string, ReadonlyMap<number, EventContract>>;
  readonly handle: HandleEvents;
  readonly maxAttempts: number;
  readonly dedupe: 'event-id' | undefined;
  readonly marksHandledBefore?: boolean;
}

const DEFAULT_MAX_ATTEMPTS = 5;

/** True for a group's retry topic, whose records are handed back one by one. */
export function isRetry({ topic, source }: Subscription): boolean {
  return topic !== source.name;
}

/**
 * What a group reads, from its handlers: each source topic and its retry topic.
 * @throws Error when two handlers of the group share a topic: their order and their failures could not be told apart
 */
export function subscriptionsOf(group: ConsumerGroup, handlers: readonly Handler[]): Subscription[] {
  const byTopic = new Map<string, Handler>();
  for (const handler of handlers) {
    for (const { topic } of handler.contracts) {
      const other = byTopic.get(topic.name);
      if (other !== undefined && other !== handler) {
        throw new Error(
          `group ${group} has two handlers for topic ${topic.name}: one handler takes all types of a topic`,
        );
      }
      byTopic.set(topic.name, handler);
    }
  }
  return [...byTopic].flatMap(([topicName, handler]) => {
    const contracts = handler.contracts.filter(({ topic }) => topic.name === topicName);
    const source = (contracts[0] as EventContract).topic;
    const subscription = {
      group,
      source,
      handled: byTypeAndVersion(contracts),
      handle: handler.handle,
      maxAttempts: handler.options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
      dedupe: handler.options.dedupe,
      marksHandledBefore: handler.options.marksHandledBefore ?? false,
    };
    return [
      { ...subscription, topic: source.name },
      { ...subscription, topic: retryTopic(source.name, group) },
    ];
  });
}

function byTypeAndVersion(contracts: readonly EventContract[]): Map<string, Map<number, EventContract>> {
  const handled = new Map<string, Map<number, EventContract>>();
  for (const contract of contracts) {
    const versions = handled.get(contract.type) ?? new Map<number, EventContract>();
    handled.set(contract.type, versions.set(contract.version, contract));
  }
  return handled;
}
