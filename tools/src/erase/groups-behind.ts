import { setTimeout as sleep } from 'node:timers/promises';
import {
  groupTopics,
  readLogs,
  sourceTopics,
  type GroupTopic,
  type KafkaSettings,
  type PartitionLog,
} from '@orderstream/events';
import { LogReader } from '../log/log-reader.ts';
import { OperationRefused } from '../log/operation-refused.ts';
import { patiently } from '../log/trouble.ts';
import { DATABASE_OF, onDatabase, type DatabaseFlags } from '../order/service-databases.ts';
import type { DatabaseName } from '../platform/index.ts';
import { mayNameCustomers } from './naming-topics.ts';

/** What a group has still to handle of a topic whose records may name a customer: with them the customer comes back. */
export interface GroupBehind extends GroupTopic {
  readonly database: DatabaseName;
  readonly records: number;
}

interface Logs {
  readonly read: readonly GroupTopic[];
  /** By `topic/partition`. */
  readonly logs: ReadonlyMap<string, PartitionLog>;
}

interface Position {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
  readonly topic_id: string | null;
}

const POSITIONS = `SELECT consumer_group AS "group", topic, partition, next_offset::float8 AS next, topic_id
  FROM consumer_positions WHERE topic = ANY ($1::text[])`;
const POLL_MS = 500;

/**
 * Waits until every group has handled what is in the log now, by the positions in their databases.
 * @returns who has not, when `waitMs` have passed
 * @throws OperationRefused when Kafka does not answer or is another one than the services', or a database cannot be seen
 */
export async function untilHandled(
  kafka: KafkaSettings,
  flags: Partial<DatabaseFlags>,
  options: { readonly waitMs: number; readonly onWait: (behind: readonly GroupBehind[]) => void },
): Promise<GroupBehind[]> {
  const logs = await readNamingLogs(kafka);
  const endMs = performance.now() + options.waitMs;
  for (let isTold = false; ; isTold = true) {
    const behind = await groupsBehind(logs, flags);
    if (behind.length === 0 || performance.now() >= endMs) return behind;
    if (!isTold) options.onWait(behind);
    await sleep(POLL_MS);
  }
}

async function readNamingLogs(kafka: KafkaSettings): Promise<Logs> {
  const brokers = kafka.brokers.join(', ');
  const reader = await LogReader.open(kafka);
  try {
    const existing = new Set(await reader.topics());
    const missing = sourceTopics.find(({ name }) => mayNameCustomers(name) && !existing.has(name));
    if (missing !== undefined)
      throw new OperationRefused(
        `Kafka at ${brokers} has no topic ${missing.name}: is it the one of the services? If it was made anew: \`orderstream topics apply\`.`,
      );
    const read = groupTopics.filter(({ topic }) => mayNameCustomers(topic) && existing.has(topic));
    const topics = [...new Set(read.map(({ topic }) => topic))];
    return { read, logs: await patiently(() => readLogs(kafka, topics), brokers) };
  } finally {
    await reader.close();
  }
}

async function groupsBehind({ read, logs }: Logs, flags: Partial<DatabaseFlags>): Promise<GroupBehind[]> {
  const behind: GroupBehind[] = [];
  for (const [database, ofDatabase] of Map.groupBy(read, ({ group }) => DATABASE_OF[group])) {
    const topics = [...new Set(ofDatabase.map(({ topic }) => topic))];
    const { rows } = await onDatabase(database, flags, (client) =>
      client.query<Position>(POSITIONS, [topics]),
    );
    const positions = new Map<string, Position>(
      rows.map((row) => [`${row.group} ${row.topic}/${row.partition}`, row]),
    );
    for (const of of ofDatabase) {
      const ofTopic = [...logs].filter(([name]) => name.slice(0, name.lastIndexOf('/')) === of.topic);
      const records = ofTopic.reduce(
        (sum, [name, log]) => sum + unhandledIn(log, positions.get(`${of.group} ${name}`)),
        0,
      );
      if (records > 0) behind.push({ ...of, database, records });
    }
  }
  return behind;
}

/** Of a topic that was made anew, and of one that the group has no position of, it has handled nothing. */
function unhandledIn({ start, end, topicId }: PartitionLog, position: Position | undefined): number {
  const isOther = topicId !== undefined && position?.topic_id != null && position.topic_id !== topicId;
  const next = position === undefined || isOther ? start : Math.max(position.next, start);
  return Math.max(0, end - next);
}
