import { createKafka, type KafkaSettings } from '@orderstream/events';
import type { Admin } from 'kafkajs';
import { openCluster, type Cluster } from './kafkajs-cluster.ts';
import type { LogPosition } from './log-position.ts';
import type { LogRecord } from './log-record.ts';
import { OperationRefused } from './operation-refused.ts';
import { readPartitions, type ReadOptions } from './read-partitions.ts';
import { kafkaAway, patiently } from './trouble.ts';

/**
 * Reads topics without being in any group: it joins nothing, commits nothing and leaves nothing behind. Each read pulls at the pace of
 * who consumes it, so memory does not grow with the log.
 */
export class LogReader {
  readonly #admin: Admin;
  readonly #cluster: Cluster;
  readonly #brokers: string;

  private constructor(settings: KafkaSettings) {
    this.#admin = createKafka(settings).admin();
    this.#cluster = openCluster(settings);
    this.#brokers = settings.brokers.join(', ');
  }

  /** @throws OperationRefused when Kafka does not answer */
  static async open(settings: KafkaSettings): Promise<LogReader> {
    const reader = new LogReader(settings);
    try {
      await Promise.all([reader.#admin.connect(), reader.#cluster.connect()]);
      return reader;
    } catch (error) {
      await reader.close();
      throw kafkaAway(settings.brokers.join(', '), error);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#admin.disconnect(), this.#cluster.disconnect()]);
  }

  /** Asks a question of Kafka's administration. @throws OperationRefused when Kafka does not answer, as `patiently` says */
  ask<Answer>(question: (admin: Admin) => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
    return patiently(() => question(this.#admin), this.#brokers, signal);
  }

  async topics(): Promise<string[]> {
    return (await this.ask((admin) => admin.listTopics())).filter((name) => !name.startsWith('__')).sort();
  }

  /** The first offset that is still there and the next one to be written, by partition. @throws OperationRefused for an unknown topic */
  async bounds(topic: string): Promise<Map<number, { low: number; high: number }>> {
    await this.#requireTopic(topic);
    const offsets = await this.ask((admin) => admin.fetchTopicOffsets(topic));
    // An empty answer would read as an empty topic.
    if (offsets.length === 0) throw kafkaAway(this.#brokers, new Error(`it named no partitions of ${topic}`));
    return new Map(
      offsets
        .map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }] as const)
        .sort(([a], [b]) => a - b),
    );
  }

  /** Where a position lies in each partition; never before what is still there, never past the end. */
  async offsetsAt(topic: string, position: LogPosition): Promise<Map<number, number>> {
    const bounds = await this.bounds(topic);
    const atTime = position.kind === 'time' ? await this.#offsetsAtTime(topic, position.timeMs) : undefined;
    return new Map(
      [...bounds].map(([partition, { low, high }]) => {
        if (position.kind === 'beginning') return [partition, low];
        if (position.kind === 'now') return [partition, high];
        const wanted = position.kind === 'offset' ? position.offset : (atTime?.get(partition) ?? high);
        return [partition, Math.min(Math.max(wanted, low), high)];
      }),
    );
  }

  /** The records between two positions, a fetch at a time, each partition in its order. @throws OperationRefused */
  read(options: ReadOptions): AsyncGenerator<readonly LogRecord[]> {
    const bounds = (topic: string): ReturnType<LogReader['bounds']> => this.bounds(topic);
    return readPartitions({ cluster: this.#cluster, brokers: this.#brokers, bounds }, options);
  }

  /** Everything between two positions as one stream of records. */
  async *records(options: ReadOptions): AsyncGenerator<LogRecord> {
    for await (const records of this.read(options)) yield* records;
  }

  async #offsetsAtTime(topic: string, timeMs: number): Promise<Map<number, number>> {
    const found = await this.ask((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timeMs));
    return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  async #requireTopic(topic: string): Promise<void> {
    const topics = await this.topics();
    if (topics.includes(topic)) return;
    throw new OperationRefused(
      topics.length === 0
        ? `There is no topic ${topic}, nor any other: run \`orderstream topics apply\`.`
        : `There is no topic ${topic}. There are: ${topics.filter((name) => !/\.(dlq|retry)$/.test(name)).join(', ')}, and <topic>.<group>.dlq and .retry of each.`,
    );
  }
}
