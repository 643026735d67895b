import { retryTopic, sourceTopics, type ConsumerGroup } from '../topics.ts';

/** A group and a topic it reads. */
export interface GroupTopic {
  readonly group: ConsumerGroup;
  readonly topic: string;
}

/** How a group stands on a topic at one moment. */
export interface LagReading extends GroupTopic {
  /** How many of the group's instances have a partition of the topic. */
  readonly members: number;
  readonly partitions: readonly PartitionLag[];
}

export interface PartitionLag {
  readonly partition: number;
  /** The next record the group will read, by its committed offset; where it never committed, the first one that is still there. */
  readonly position: number;
  /** One past the last record. */
  readonly end: number;
  /** When the record at `position` was written, Unix ms; undefined when the group is at the end. */
  readonly oldestAtMs: number | undefined;
}

/** Every group of the platform with every topic it reads, and with the topic through which records come back to it. */
export const groupTopics: readonly GroupTopic[] = sourceTopics.flatMap(({ name, groups }) =>
  groups.flatMap((group) => [
    { group, topic: name },
    { group, topic: retryTopic(name, group) },
  ]),
);
