import kafkajs from 'kafkajs';

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
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'CORRUPT_MESSAGE']);
const NOT_APPENDED = new Set(['NOT_ENOUGH_REPLICAS', 'TOPIC_AUTHORIZATION_FAILED', 'INVALID_REQUIRED_ACKS']);

/** @param wasWritten whether as many bytes as the batch holds were handed to a socket since the attempt began */
export function fateOf(error: unknown, wasWritten: boolean): SendFate {
  const type = protocolErrorType(error);
  if (type !== undefined && REFUSED.has(type)) return 'refused';
  if (type !== undefined && NOT_APPENDED.has(type)) return 'not-sent';
  return wasWritten ? 'unknown' : 'not-sent';
}

/** Kafka's own name of the error inside whatever kafkajs wrapped around it. */
export function protocolErrorType(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof KafkaJSProtocolError) return current.type;
  }
  return undefined;
}
