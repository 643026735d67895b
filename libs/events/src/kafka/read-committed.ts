import { askKafka } from './ask-kafka.ts';
import type { KafkaSettings } from './client.ts';

/**
 * Kafka's committed offsets of a group, by `topic/partition`; a partition that it has committed nothing of is missing.
 * @throws when Kafka cannot be reached, refuses, or does not answer within 5 s
 */
export function readCommitted(
  settings: KafkaSettings,
  group: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  return askKafka(settings, async (admin) => {
    const found = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
    return new Map(
      found.flatMap(({ topic, partitions }) =>
        partitions
          .filter(({ offset }) => Number(offset) >= 0)
          .map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
      ),
    );
  });
}
