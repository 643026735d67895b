import type { Cluster, FetchedMessage, FetchedPartition } from './kafkajs-cluster.ts';
import type { LogRecord } from './log-record.ts';

/** kafkajs's metadata does not name a leader for each partition (yet): to be refreshed and tried again, not read past in silence. */
class LeadersUnknown extends Error {
  override readonly name = 'LeadersUnknown';

  constructor(topic: string) {
    super(`no leader is known for some partitions of ${topic}`);
  }
}

const MAX_WAIT_MS = 250;
const MAX_PARTITION_BYTES = 1024 * 1024;
const MAX_BYTES = 4 * 1024 * 1024;

/** What one fetch brought, and whose leaders brought nothing: both may be. */
export interface Fetched {
  readonly records: readonly LogRecord[];
  readonly failures: readonly { readonly partitions: readonly number[]; readonly error: unknown }[];
}

/**
 * One fetch from every leader of the partitions in `next`, which is moved past what was read. Records at or past `to` are left out.
 * That one leader fails keeps nobody from reading the others' partitions.
 * @throws what kafkajs throws when it knows no leader
 */
export async function fetchOnce(
  cluster: Cluster,
  topic: string,
  next: Map<number, number>,
  to: ReadonlyMap<number, number> | undefined,
): Promise<Fetched> {
  const records: LogRecord[] = [];
  const failures: Fetched['failures'][number][] = [];
  const leaders = cluster.findLeaderForPartitions(topic, [...next.keys()]);
  if (Object.values(leaders).flat().length < next.size) throw new LeadersUnknown(topic);
  for (const [nodeId, partitions] of Object.entries(leaders)) {
    const fetched = await fetchFrom(cluster, nodeId, topic, partitions, next).catch((error: unknown) => {
      failures.push({ partitions, error });
      return [];
    });
    for (const { partition, messages } of fetched) {
      for (const message of messages) {
        const offset = Number(message.offset);
        // A compressed batch begins before the offset that was asked for.
        if (offset < (next.get(partition) ?? Infinity)) continue;
        next.set(partition, offset + 1);
        if (message.isControlRecord || offset >= (to?.get(partition) ?? Infinity)) continue;
        records.push(logRecord(topic, partition, offset, message));
      }
    }
  }
  return { records, failures };
}

async function fetchFrom(
  cluster: Cluster,
  nodeId: string,
  topic: string,
  partitions: readonly number[],
  next: ReadonlyMap<number, number>,
): Promise<FetchedPartition[]> {
  const broker = await cluster.findBroker({ nodeId });
  const { responses } = await broker.fetch({
    replicaId: -1,
    isolationLevel: 1,
    maxWaitTime: MAX_WAIT_MS,
    minBytes: 1,
    maxBytes: MAX_BYTES,
    topics: [
      {
        topic,
        partitions: partitions.map((partition) => ({
          partition,
          fetchOffset: String(next.get(partition)),
          maxBytes: MAX_PARTITION_BYTES,
        })),
      },
    ],
  });
  return responses.flatMap((response) => response.partitions);
}

function logRecord(topic: string, partition: number, offset: number, message: FetchedMessage): LogRecord {
  return {
    topic,
    partition,
    offset,
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: message.headers ?? {},
  };
}
