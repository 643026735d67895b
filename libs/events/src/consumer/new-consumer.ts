import { PartitionAssigners, type Consumer, type PartitionAssigner } from 'kafkajs';
import { createKafka, type KafkaSettings } from '../kafka/client.ts';
import type { ClientSockets } from '../kafka/sockets.ts';
import { forgetHalfJoins } from './join-fix.ts';

/** How often the coordinator hears of us; a third of the session would do. */
export const HEARTBEAT_MS = 2_000;
/**
 * How long the partitions of a killed member stand still: kafkajs has no static membership, so its successor waits for the session to
 * end. The event loop is never blocked for as long; a session lost under load costs a rebalance, no record.
 */
export const SESSION_TIMEOUT_MS = 10_000;
/** A member that works on a batch joins late: the worst batch must fit. */
export const REBALANCE_TIMEOUT_MS = 60_000;
/** Also how long a resumed partition may wait for its next fetch. */
const MAX_FETCH_WAIT_MS = 250;
/**
 * 512 KiB hold a good transaction of orders (MAX_SLICE_RECORDS); a fifth of it costs 40 % of the throughput. kafkajs decodes a whole
 * answer before the first record is handled, so the sum is memory: 2 MiB instead of 4 save 13 MB (docs/performance.md). A larger record
 * still arrives, alone.
 */
const MAX_PARTITION_BYTES = 512 * 1024;
const MAX_FETCH_BYTES = 2 * 1024 * 1024;

/**
 * A kafkajs consumer with settings that were chosen, not inherited. It never restarts itself: whoever made it replaces it.
 * @param onJoin called whenever it asks to join. kafkajs has an event for that (REBALANCING), but not where the coordinator has
 * forgotten the member, a leader has moved, partitions were added, or a join is tried again
 */
export function newConsumer(
  settings: KafkaSettings,
  groupId: string,
  sockets: ClientSockets,
  onJoin: () => void = () => undefined,
): Consumer {
  forgetHalfJoins();
  return createKafka(settings, { sockets }).consumer({
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    maxWaitTimeInMs: MAX_FETCH_WAIT_MS,
    maxBytesPerPartition: MAX_PARTITION_BYTES,
    maxBytes: MAX_FETCH_BYTES,
    allowAutoTopicCreation: false,
    partitionAssigners: [roundRobinWith(onJoin)],
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false },
  });
}

/** kafkajs's own assigner. What it has to say of a member goes into every request to join. */
function roundRobinWith(onJoin: () => void): PartitionAssigner {
  return (config) => {
    const assigner = PartitionAssigners.roundRobin(config);
    return {
      ...assigner,
      protocol: (subscription) => {
        onJoin();
        return assigner.protocol(subscription);
      },
    };
  };
}
