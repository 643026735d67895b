import { AssignerProtocol, type Admin } from 'kafkajs';
import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import { clusterOf, offsetsOf, type Cluster } from '../kafka/cluster.ts';
import { ClientSockets } from '../kafka/sockets.ts';
import { within } from '../kafka/within.ts';
import type { GroupTopic, LagReading, PartitionLag } from './lag-reading.ts';
import { OldestRecords } from './oldest-records.ts';

const ANSWER_MS = 10_000;
const GOODBYE_MS = 500;

/**
 * Asks Kafka how far groups are behind. It is in no group itself and writes nothing: it reads committed offsets, the ends of logs, and
 * of every partition with a lag the one record that comes next. One reader serves one caller at a time.
 */
export class LagReader {
  readonly #sockets = new ClientSockets();
  readonly #admin: Admin;
  readonly #cluster: Cluster;
  readonly #oldest: OldestRecords;

  private constructor(settings: KafkaSettings) {
    const kafka = createKafka(settings, { sockets: this.#sockets });
    this.#admin = kafka.admin({ retry: { retries: 1 } });
    this.#cluster = clusterOf(kafka);
    this.#oldest = new OldestRecords(this.#cluster);
  }

  /** @throws when Kafka cannot be reached */
  static async open(settings: KafkaSettings): Promise<LagReader> {
    const reader = new LagReader(settings);
    try {
      await within(ANSWER_MS, Promise.all([reader.#admin.connect(), reader.#cluster.connect()]));
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /**
   * How these stand now. Topics that do not exist are left out.
   * @throws when Kafka refuses or does not answer within 10 s; the reader is to be closed then, and another one opened
   */
  read(of: readonly GroupTopic[]): Promise<LagReading[]> {
    return within(ANSWER_MS, this.#read(of));
  }

  async close(): Promise<void> {
    await within(GOODBYE_MS, Promise.all([this.#admin.disconnect(), this.#cluster.disconnect()])).catch(
      () => undefined,
    );
    this.#sockets.destroy();
  }

  async #read(of: readonly GroupTopic[]): Promise<LagReading[]> {
    const existing = new Set(await this.#admin.listTopics());
    const wanted = of.filter(({ topic }) => existing.has(topic));
    if (wanted.length === 0) return [];
    const topics = [...new Set(wanted.map(({ topic }) => topic))];
    await this.#cluster.addMultipleTargetTopics(topics);
    const groups = [...new Set(wanted.map(({ group }) => group))];
    // Positions before ends: what is consumed in between then counts as lag of a moment, never as less than none.
    const members = await this.#members(groups);
    const positions = await this.#positions(wanted);
    const [starts, ends] = await Promise.all([
      offsetsOf(this.#cluster, topics, 'start'),
      offsetsOf(this.#cluster, topics, 'end'),
    ]);
    const readings = wanted.map(({ group, topic }) => ({
      group,
      topic,
      members: members.get(`${group} ${topic}`) ?? 0,
      partitions: [...ends.values()]
        .filter((end) => end.topic === topic)
        .sort((a, b) => a.partition - b.partition)
        .map(({ partition, offset: end }) => {
          const start = starts.get(`${topic}/${partition}`)?.offset ?? 0;
          const committed = positions.get(`${group} ${topic}/${partition}`) ?? start;
          return { partition, position: Math.min(Math.max(committed, start), end), end };
        }),
    }));
    return this.#withAges(readings);
  }

  async #withAges(
    readings: readonly (Omit<LagReading, 'partitions'> & {
      partitions: readonly Omit<PartitionLag, 'oldestAtMs'>[];
    })[],
  ): Promise<LagReading[]> {
    const writtenAt = await this.#oldest.writtenAt(
      readings.flatMap(({ topic, partitions }) =>
        partitions
          .filter(({ position, end }) => position < end)
          .map(({ partition, position }) => ({ topic, partition, offset: position })),
      ),
    );
    return readings.map((reading) => ({
      ...reading,
      partitions: reading.partitions.map((each) => ({
        ...each,
        oldestAtMs: writtenAt.get(`${reading.topic}/${each.partition}/${each.position}`),
      })),
    }));
  }

  /** Committed offsets by `group topic/partition`; those never committed are left out. */
  async #positions(of: readonly GroupTopic[]): Promise<Map<string, number>> {
    const byGroup = Map.groupBy(of, ({ group }) => group);
    const answers = await Promise.all(
      [...byGroup].map(async ([group, each]) => {
        const topics = each.map(({ topic }) => topic);
        return { group, offsets: await this.#admin.fetchOffsets({ groupId: group, topics }) };
      }),
    );
    return new Map(
      answers.flatMap(({ group, offsets }) =>
        offsets.flatMap(({ topic, partitions }) =>
          partitions
            .filter(({ offset }) => Number(offset) >= 0)
            .map(({ partition, offset }) => [`${group} ${topic}/${partition}`, Number(offset)] as const),
        ),
      ),
    );
  }

  /** How many members have a partition of a topic, by `group topic`. */
  async #members(groups: readonly string[]): Promise<Map<string, number>> {
    const { groups: described } = await this.#admin.describeGroups([...groups]);
    const counts = new Map<string, number>();
    for (const { groupId, members } of described) {
      for (const { memberAssignment } of members) {
        const assignment =
          memberAssignment.length > 0 ? AssignerProtocol.MemberAssignment.decode(memberAssignment) : null;
        for (const [topic, partitions] of Object.entries(assignment?.assignment ?? {})) {
          if (partitions.length === 0) continue;
          const key = `${groupId} ${topic}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
    }
    return counts;
  }
}
