import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { clusterOf, type Broker, type Cluster, type PartitionMetadata } from './cluster.ts';

type MakeRequest = (options: unknown) => {
  readonly response: { readonly parse: (decoded: unknown) => Promise<unknown> };
};

/** What we use of kafkajs's broker to ask about topics (kafkajs/src/broker/index.js). */
interface AskedBroker {
  metadata: (this: AskedBroker, topics: readonly string[]) => Promise<unknown>;
  lookupRequest(apiKey: number, definition: unknown): MakeRequest;
}

const require = createRequire(import.meta.url);
/** https://kafka.apache.org/protocol#protocol_error_codes */
const NONE = 0;
const LEADER_NOT_AVAILABLE = 5;
const NO_LEADER = -1;

/**
 * kafkajs's view of the cluster, in which a topic's error is that topic's alone. kafkajs 2.2.4 takes no answer in which any topic or partition has
 * one (protocol/requests/metadata/v0/response.js): a single partition without a leader, or a topic that was deleted or that we may not see,
 * and the client learns nothing about all the others. Here the answer is taken as it is; `partitionsOf` and `leaderOf` say what stands in it.
 */
export function tolerantClusterOf<B = Broker>(kafka: Kafka): Cluster<B> {
  const cluster = clusterOf<B>(kafka);
  const { brokerPool } = cluster;
  const make = brokerPool.createBroker;
  brokerPool.createBroker = (options) => {
    const broker = make(options) as B & AskedBroker;
    const { metadata } = broker;
    const asked = Object.create(broker, {
      lookupRequest: {
        value: (...request: Parameters<AskedBroker['lookupRequest']>) =>
          asAnswered(broker.lookupRequest(...request)),
      },
    }) as AskedBroker;
    broker.metadata = (topics) => metadata.call(asked, topics);
    return broker;
  };
  return cluster;
}

function asAnswered(make: MakeRequest): MakeRequest {
  return (options) => {
    const made = make(options);
    return { ...made, response: { ...made.response, parse: async (decoded) => decoded } };
  };
}

/** A topic's partitions, or Kafka's error about it, as the brokers have answered last; no partitions before they were asked about it. */
export function partitionsOf(
  { brokerPool }: Pick<Cluster<unknown>, 'brokerPool'>,
  topic: string,
): readonly PartitionMetadata[] | Error {
  const answer = brokerPool.metadata?.topicMetadata.find((one) => one.topic === topic);
  if (answer === undefined) return [];
  if (answer.topicErrorCode !== NONE) return protocolError(answer.topicErrorCode);
  return answer.partitionMetadata;
}

/** The node id of a partition's leader, or Kafka's error when it has none. */
export function leaderOf({ leader, partitionErrorCode }: PartitionMetadata): string | Error {
  // Beside a leader an error is about its other replicas.
  if (leader !== NO_LEADER) return String(leader);
  return protocolError(partitionErrorCode === NONE ? LEADER_NOT_AVAILABLE : partitionErrorCode);
}

function protocolError(code: number): Error {
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
    createErrorFromCode: (code: number) => Error;
  };
  return createErrorFromCode(code);
}
