const DAY_MS = 24 * 60 * 60 * 1000;

/** Every consumer group of the platform. Names are contracts: lag dashboards and ACLs use them as they are. */
export type ConsumerGroup = 'order-api' | 'worker' | 'analytics' | 'fraud' | 'notifier';

/** A topic as code: what `orderstream topics plan|apply` compares with the broker. */
export interface Topic {
  readonly name: string;
  /** Never lowered; raising it moves keys to other partitions and so breaks their order across the change. */
  readonly partitions: number;
  readonly retentionMs: number;
  /** Largest record batch the broker takes, in bytes. */
  readonly maxMessageBytes: number;
  /** True where later records of a key must not overtake an earlier one that failed. */
  readonly ordered: boolean;
  readonly groups: readonly ConsumerGroup[];
}

/** Kafka's own default (`message.max.bytes`), said here so that the dead-letter topics can be given more. */
const MAX_MESSAGE_BYTES = 1_048_588;
/** Room for the `dlq-*` headers: see dead-letter/headers.ts, which stays below it. */
const DEAD_LETTER_HEADROOM_BYTES = 64 * 1024;
const PARTITIONS = 6;
const DERIVED_RETENTION_MS = 30 * DAY_MS;

function topic(name: string, options: Pick<Topic, 'ordered' | 'groups'> & { retentionDays: number }): Topic {
  return {
    name,
    partitions: PARTITIONS,
    retentionMs: options.retentionDays * DAY_MS,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    ordered: options.ordered,
    groups: options.groups,
  };
}

/** Key: `order_id`. */
export const orders = topic('orders', {
  ordered: true,
  retentionDays: 90,
  groups: ['order-api', 'worker', 'analytics', 'fraud', 'notifier'],
});
/** Key: `order_id`. */
export const payments = topic('payments', {
  ordered: true,
  retentionDays: 90,
  groups: ['worker', 'analytics', 'fraud', 'notifier'],
});
/** Key: `user_id`. */
export const users = topic('users', { ordered: false, retentionDays: 90, groups: ['analytics', 'notifier'] });
/** Key: `session_id`. */
export const webEvents = topic('web-events', { ordered: false, retentionDays: 7, groups: ['analytics'] });
/** Key: `subject_id` of a fraud suspicion, `<group>/<topic>` of a lag verdict. */
export const alerts = topic('alerts', { ordered: false, retentionDays: 30, groups: ['notifier'] });

/** The topics people and services publish to; retry and dead-letter topics follow from their groups. */
export const sourceTopics: readonly Topic[] = [orders, payments, users, webEvents, alerts];

/** Name of the topic that holds what `group` could not process of `topicName`. */
export function deadLetterTopic(topicName: string, group: string): string {
  return `${topicName}.${group}.dlq`;
}

/** Name of the topic through which a record is handed back to exactly one group. */
export function retryTopic(topicName: string, group: string): string {
  return `${topicName}.${group}.retry`;
}

/** The source topics and, for every group that reads one, its retry and dead-letter topic with the source's partition count. */
export function allTopics(sources: readonly Topic[] = sourceTopics): Topic[] {
  return sources.flatMap((source) => [
    source,
    ...source.groups.flatMap((group) => derivedTopics(source, group)),
  ]);
}

function derivedTopics(source: Topic, group: ConsumerGroup): Topic[] {
  const derived = {
    ...source,
    groups: [],
    retentionMs: DERIVED_RETENTION_MS,
    maxMessageBytes: source.maxMessageBytes + DEAD_LETTER_HEADROOM_BYTES,
  };
  return [
    { ...derived, name: retryTopic(source.name, group) },
    { ...derived, name: deadLetterTopic(source.name, group) },
  ];
}
