import type { KafkaMessage } from 'kafkajs';
import { headerText } from '../consumer/header-text.ts';
import type { OutgoingRecord } from '../event.ts';
import type { RecordPosition } from '../producer/lane.ts';
import { countIn, originalOf, parseDeadLetter, topicsOf } from './dead-letter.ts';

/** How often a record may come back. Then only an operator's discard ends it: ten times the same answer is an answer. */
export const REDRIVE_LIMIT = 10;

/** What the headers of a record on a retry topic say, when it was handed back from the dead-letter topic. */
export interface Redriven {
  readonly original: RecordPosition;
  /** From 1. */
  readonly redriveCount: number;
  /** The operator gave it up: it is not to be handled, and its successors need not wait for it any longer. */
  readonly isDiscarded: boolean;
  /** It came back too often to be handled once more. One that was only parked the last time has not had that turn. */
  readonly isPastLimit: boolean;
}

export interface RetryRecordOptions {
  /** What the record carries as its redrive count; default: one more than the dead letter. Take one more than the `Standing`'s. */
  readonly redriveCount?: number;
  /** Asks the group to give the record up instead of handling it. */
  readonly isDiscarded?: boolean;
}

/**
 * The record that hands a dead letter back to the one group that failed: key, value and headers byte for byte, same partition.
 * @throws TypeError when `letter` is no dead letter
 */
export function retryRecord(letter: KafkaMessage, options: RetryRecordOptions = {}): OutgoingRecord {
  const parsed = parseDeadLetter(letter);
  if (parsed === undefined) throw new TypeError('not a dead letter');
  const own = Object.entries(letter.headers ?? {}).filter(
    ([name]) => name !== 'error' && name !== 'dlq-redrive-action' && name !== 'dlq-redrive-count',
  );
  return {
    topic: topicsOf(parsed).retry,
    partition: parsed.original.partition,
    key: letter.key,
    value: letter.value,
    headers: {
      ...Object.fromEntries(own),
      'dlq-redrive-count': String(options.redriveCount ?? parsed.redriveCount + 1),
      ...(options.isDiscarded ? { 'dlq-redrive-action': 'discard' } : undefined),
    },
  };
}

/** Whether a record that died with this may be handed back once more. */
export function isPastRedriveLimit({
  redriveCount,
  reason,
}: {
  redriveCount: number;
  reason: string;
}): boolean {
  return redriveCount >= REDRIVE_LIMIT && reason !== 'parked-behind';
}

/**
 * Reads a record of `<topicName>.<group>.retry`; undefined for one that no dead letter of that group and topic became: somebody put
 * it there by hand.
 */
export function readRedriven(
  message: Pick<KafkaMessage, 'headers'>,
  group: string,
  topicName: string,
): Redriven | undefined {
  const original = originalOf(message);
  const redriveCount = countIn(message, 'dlq-redrive-count');
  if (original === undefined || redriveCount === undefined || redriveCount === 0) return undefined;
  if (headerText(message, 'dlq-consumer-group') !== group) return undefined;
  if (topicsOf({ original, group }).source !== topicName) return undefined;
  const reason = headerText(message, 'dlq-reason') ?? '';
  return {
    original,
    redriveCount,
    isDiscarded: headerText(message, 'dlq-redrive-action') === 'discard',
    isPastLimit: isPastRedriveLimit({ redriveCount: redriveCount - 1, reason }),
  };
}
