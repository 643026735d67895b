import type { KafkaMessage } from 'kafkajs';
import { headerText } from '../consumer/header-text.ts';
import type { OutgoingRecord } from '../event.ts';
import type { RecordPosition } from '../producer/lane.ts';
import { positionText } from './dead-letter.ts';
import { masked } from './masked.ts';
import type { DeadLetterReason } from './reason.ts';
import type { Redriven } from './retry-record.ts';

/** What is said of a record that a group gives up. */
export interface Verdict {
  readonly reason: DeadLetterReason;
  readonly errorClass: string;
  /** One sentence without payload values. */
  readonly message: string;
  readonly stack: string | undefined;
  /** How often the record was delivered to the handler, the first time included. */
  readonly attempts: number;
  /** The record of the same key that it has to wait for. */
  readonly parkedBehind?: RecordPosition;
}

/** Where a record was found. */
export interface FoundAt {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Set when it was found on a retry topic, handed back from the dead-letter topic. */
  readonly redriven?: Redriven | undefined;
}

const MAX_STACK_BYTES = 8 * 1024;
const MAX_TEXT_CHARACTERS = 1_000;
/** `error` is for a glance in a list. */
const MAX_SHORT_CHARACTERS = 120;

/**
 * The headers of a dead letter: the record's own, byte for byte, and the `dlq-*` ones once each. A record that died before, was
 * redriven and dies again keeps its original position and redrive count and gets the newest values for the rest; elsewhere `dlq-*`
 * headers are a stranger's and say nothing.
 * Their sum stays below the 64 KiB that dead-letter topics allow beyond their source.
 */
export function deadLetterHeaders(
  message: KafkaMessage,
  at: FoundAt,
  verdict: Verdict,
  failedAt: Date,
): OutgoingRecord['headers'] {
  const own = Object.entries(message.headers ?? {}).filter(
    ([name]) => !name.startsWith('dlq-') && name !== 'error',
  );
  const original = at.redriven?.original ?? { ...at, offset: Number(message.offset) };
  const timestampBefore = at.redriven && headerText(message, 'dlq-original-timestamp');
  const text = clip(verdict.message, MAX_TEXT_CHARACTERS);
  return {
    ...Object.fromEntries(own),
    'dlq-reason': verdict.reason,
    'dlq-error-class': clip(verdict.errorClass, MAX_SHORT_CHARACTERS),
    'dlq-error-message': text,
    // Where nothing was thrown there is no stack: the header stands all the same, for readers that take every one for given.
    'dlq-error-stack': clipBytes(verdict.stack || `${verdict.errorClass}: ${text}`, MAX_STACK_BYTES),
    'dlq-original-topic': original.topic,
    'dlq-original-partition': String(original.partition),
    'dlq-original-offset': String(original.offset),
    'dlq-original-timestamp': timestampBefore ?? timeOf(message),
    'dlq-consumer-group': at.group,
    'dlq-attempts': String(verdict.attempts),
    'dlq-failed-at': failedAt.toISOString(),
    'dlq-redrive-count': String(at.redriven?.redriveCount ?? 0),
    ...(verdict.parkedBehind === undefined
      ? {}
      : { 'dlq-parked-behind': positionText(verdict.parkedBehind) }),
    error: clip(`${verdict.reason}: ${text}`, MAX_SHORT_CHARACTERS),
  };
}

/** The verdict on a record whose handler failed. */
export function verdictOf(error: unknown, reason: DeadLetterReason, attempts: number): Verdict {
  if (!(error instanceof Error)) {
    return {
      reason,
      errorClass: typeof error,
      message: 'the handler threw no error',
      stack: undefined,
      attempts,
    };
  }
  const code = (error as { code?: unknown }).code;
  const message = masked(error.message);
  return {
    reason,
    errorClass: error.name,
    message: typeof code === 'string' ? `${code}: ${message}` : message,
    // Without the first lines, which repeat the message unmasked.
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
    attempts,
  };
}

/** The verdict on a record that is no event of ours. */
export function unreadableVerdict(found: {
  readonly reason: DeadLetterReason;
  readonly detail: string;
}): Verdict {
  return {
    reason: found.reason,
    errorClass: 'UnreadableRecord',
    message: found.detail,
    stack: undefined,
    attempts: 1,
  };
}

/** The verdict on a record that has to wait for an earlier one of its key. */
export function parkedVerdict(parkedBehind: RecordPosition): Verdict {
  return {
    reason: 'parked-behind',
    errorClass: 'ParkedRecord',
    message: `waits for ${positionText(parkedBehind)}, which has the same key and is open`,
    stack: undefined,
    attempts: 1,
    parkedBehind,
  };
}

/** The verdict on a record that was handed back too often. */
export function limitVerdict(redriveCount: number): Verdict {
  return {
    reason: 'redrive-limit',
    errorClass: 'RedriveLimit',
    message: `handed back ${redriveCount} times; it is not handled any more`,
    stack: undefined,
    attempts: 1,
  };
}

/** Kafka takes any number for a time, also one that no calendar holds; that one is kept as it is. */
function timeOf({ timestamp }: KafkaMessage): string {
  const time = new Date(Number(timestamp));
  return Number.isNaN(time.getTime()) ? timestamp : time.toISOString();
}

function clip(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}

function clipBytes(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  return buffer.length <= bytes ? text : buffer.subarray(0, bytes).toString().replace(/�+$/, '');
}
