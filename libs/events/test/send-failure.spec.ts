import kafkajs from 'kafkajs';
import {
  fateOf,
  isBeyondTheConnection,
  notInTime,
  PartitionMissingError,
  protocolErrorType,
} from '../src/producer/send-failure.ts';

const {
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
} = kafkajs;

function answered(type: string): Error {
  return new KafkaJSProtocolError({ name: 'Error', message: type, type, code: 1, retriable: true } as never);
}

/** As kafkajs's retrier wraps what it gives up on. */
function givenUp(error: Error): Error {
  return new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 0, retryTime: 100 });
}

describe('fateOf', () => {
  it.each(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])(
    '%s: the broker refuses the batch',
    (type) => {
      expect(fateOf(answered(type), true)).toBe('refused');
      expect(fateOf(givenUp(answered(type)), true)).toBe('refused');
    },
  );

  it.each(['NOT_ENOUGH_REPLICAS', 'TOPIC_AUTHORIZATION_FAILED', 'CORRUPT_MESSAGE', 'INVALID_TIMESTAMP'])(
    '%s: surely not appended, though it was written',
    (type) => {
      expect(fateOf(givenUp(answered(type)), true)).toBe('not-sent');
    },
  );

  // A metadata request of the failing attempt may have given these; they do not tell what became of the produce request.
  it.each([
    'UNKNOWN_TOPIC_OR_PARTITION',
    'NOT_LEADER_FOR_PARTITION',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'REQUEST_TIMED_OUT',
  ])('%s: depends on whether the batch was written', (type) => {
    expect(fateOf(answered(type), true)).toBe('unknown');
    expect(fateOf(answered(type), false)).toBe('not-sent');
  });

  it('a connection error: depends on whether the batch was written', () => {
    const error = givenUp(new KafkaJSConnectionError('Connection error'));
    expect(fateOf(error, true)).toBe('unknown');
    expect(fateOf(error, false)).toBe('not-sent');
  });
});

describe('protocolErrorType', () => {
  it('inside any wrapping: Kafka’s own name', () => {
    const inner = answered('MESSAGE_TOO_LARGE');
    expect(protocolErrorType(new Error('outer', { cause: givenUp(inner) }))).toBe('MESSAGE_TOO_LARGE');
    expect(protocolErrorType(Object.assign(new KafkaJSNonRetriableError('x'), { cause: inner }))).toBe(
      'MESSAGE_TOO_LARGE',
    );
  });

  it('no answer of Kafka’s, or no error at all: none', () => {
    expect(protocolErrorType(new Error('x'))).toBeUndefined();
    expect(protocolErrorType('MESSAGE_TOO_LARGE')).toBeUndefined();
    expect(protocolErrorType(undefined)).toBeUndefined();
  });
});

describe('isBeyondTheConnection', () => {
  it.each([
    ['the broker answered', answered('NOT_ENOUGH_REPLICAS'), true],
    ['it answered that what arrived was damaged', answered('CORRUPT_MESSAGE'), false],
    ['a deleted topic', answered('UNKNOWN_TOPIC_OR_PARTITION'), true],
    ['a partition that the brokers do not know', new PartitionMissingError('orders', 6), true],
    ['a timeout', new Error('timed out'), false],
  ])('%s', (_, error, isBeyond) => {
    expect(isBeyondTheConnection(error)).toBe(isBeyond);
  });
});

describe('notInTime', () => {
  it('says what stood in the way, and keeps it as the cause', () => {
    const missing = givenUp(answered('UNKNOWN_TOPIC_OR_PARTITION'));
    expect(notInTime('orders', missing)).toMatchObject({ cause: missing, code: 'not-accepted' });
    expect(notInTime('orders', missing).message).toMatch(/topic orders does not exist/);
    expect(notInTime('orders', new Error('x')).message).toMatch(/Kafka could not be reached/);
    const answer = answered('LEADER_NOT_AVAILABLE');
    expect(notInTime('orders', answer).message).toMatch(
      /Kafka answers LEADER_NOT_AVAILABLE for topic orders/,
    );
  });
});
