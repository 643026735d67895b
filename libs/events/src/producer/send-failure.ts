import kafkajs from 'kafkajs';
import { NotAcceptedError } from './errors.ts';

// Node's reading of the CommonJS package finds only its first few names.
const { KafkaJSProtocolError } = kafkajs;

/** What a failed attempt to send a batch leaves behind. */
export type SendFate =
  /** Surely nothing was appended; another attempt may succeed. */
  | 'not-sent'
  /** The broker refuses this batch; a smaller one, or none of it, may pass. */
  | 'refused'
  /** It may have been appended. */
  | 'unknown';

/** The broker's answers to a produce request that can only mean "not appended" and that no metadata request gives. */
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);
const DAMAGED = 'CORRUPT_MESSAGE';
const NOT_APPENDED = new Set([
  'NOT_ENOUGH_REPLICAS',
  'TOPIC_AUTHORIZATION_FAILED',
  'INVALID_REQUIRED_ACKS',
  // Most often a bit was flipped on the way: given up, a later record of its key would go ahead of it.
  DAMAGED,
  // A clock is ahead, ours or the broker's: the record is fine once it is not.
  'INVALID_TIMESTAMP',
]);

/** Raised when the client does not know the partition: it was added later, or the topic was created anew with fewer. */
export class PartitionMissingError extends Error {
  constructor(topic: string, partition: number) {
    super(`topic ${topic} has no partition ${partition}`);
    this.name = 'PartitionMissingError';
  }
}

/** @param wasWritten whether as many bytes as the batch holds were handed to a socket since the attempt began */
export function fateOf(error: unknown, wasWritten: boolean): SendFate {
  const type = protocolErrorType(error);
  if (type !== undefined && REFUSED.has(type)) return 'refused';
  if (type !== undefined && NOT_APPENDED.has(type)) return 'not-sent';
  return wasWritten ? 'unknown' : 'not-sent';
}

/** True when the topic is not, or no longer, what this producer takes it for. */
export function isAboutTheTopic(error: unknown): boolean {
  return protocolErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION' || error instanceof PartitionMissingError;
}

/** True when the broker itself answered, so that another connection would not help. Not so when what arrived was damaged. */
export function isBeyondTheConnection(error: unknown): boolean {
  const type = protocolErrorType(error);
  return (type !== undefined && type !== DAMAGED) || error instanceof PartitionMissingError;
}

/** What a sender is told whose record never left. */
export function notInTime(topic: string, error: unknown): NotAcceptedError {
  return new NotAcceptedError(`not sent in time: ${whyNot(topic, error)}`, { cause: error });
}

function whyNot(topic: string, error: unknown): string {
  if (isAboutTheTopic(error)) return `topic ${topic} does not exist as expected`;
  const type = protocolErrorType(error);
  return type === undefined ? 'Kafka could not be reached' : `Kafka answers ${type} for topic ${topic}`;
}

/** Kafka's own name of the error inside whatever kafkajs wrapped around it. */
export function protocolErrorType(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof KafkaJSProtocolError) return current.type;
  }
  return undefined;
}
