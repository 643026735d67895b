import type { KafkaMessage } from 'kafkajs';
import { headerText } from '../consumer/header-text.ts';
import type { RecordPosition } from '../producer/lane.ts';
import { deadLetterTopic, retryTopic } from '../topics.ts';
import type { DeadLetterReason } from './reason.ts';

/** What the headers of a dead letter say: contract.md, "Consuming". */
export interface DeadLetter {
  /** Where the group found the record when it died for the first time: its name in every later step. */
  readonly original: RecordPosition;
  /** RFC 3339; a plain number for a time no calendar holds. */
  readonly originalTimestamp: string | undefined;
  readonly group: string;
  readonly reason: DeadLetterReason;
  readonly errorClass: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorStack: string | undefined;
  readonly attempts: number;
  /** RFC 3339. */
  readonly failedAt: string | undefined;
  /** How often it had been handed back before this death. */
  readonly redriveCount: number;
  /** The record of the same key that it waited for, when the reason is `parked-behind`. */
  readonly parkedBehind: RecordPosition | undefined;
}

type WithHeaders = Pick<KafkaMessage, 'headers'>;

/** Reads a record of a dead-letter topic; undefined for one that is no dead letter: a resolution, or a stranger's. */
export function parseDeadLetter(message: WithHeaders): DeadLetter | undefined {
  const original = originalOf(message);
  const group = headerText(message, 'dlq-consumer-group');
  const reason = headerText(message, 'dlq-reason');
  if (original === undefined || group === undefined || reason === undefined) return undefined;
  const parkedBehind = headerText(message, 'dlq-parked-behind');
  return {
    original,
    originalTimestamp: headerText(message, 'dlq-original-timestamp'),
    group,
    reason: reason as DeadLetterReason,
    errorClass: headerText(message, 'dlq-error-class'),
    errorMessage: headerText(message, 'dlq-error-message'),
    errorStack: headerText(message, 'dlq-error-stack'),
    attempts: countIn(message, 'dlq-attempts') ?? 1,
    failedAt: headerText(message, 'dlq-failed-at'),
    redriveCount: countIn(message, 'dlq-redrive-count') ?? 0,
    parkedBehind: parkedBehind === undefined ? undefined : parsePosition(parkedBehind),
  };
}

/** The original position that a dead letter, a retry record and a resolution all carry; undefined unless it is whole. */
export function originalOf(message: WithHeaders): RecordPosition | undefined {
  const topic = headerText(message, 'dlq-original-topic');
  const partition = countIn(message, 'dlq-original-partition');
  const offset = countIn(message, 'dlq-original-offset');
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return { topic, partition, offset };
}

/** A header that holds a number counted from 0; undefined when it is missing or holds anything else. */
export function countIn(message: WithHeaders, name: string): number | undefined {
  return count(headerText(message, name));
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** `<topic>/<partition>/<offset>`: how a position is written in headers, logs and lists. */
export function positionText({ topic, partition, offset }: RecordPosition): string {
  return `${topic}/${partition}/${offset}`;
}

/** The opposite of `positionText`; undefined when it is no position. */
export function parsePosition(text: string): RecordPosition | undefined {
  const [topic, partitionText, offsetText, ...more] = text.split('/');
  const partition = count(partitionText);
  const offset = count(offsetText);
  if (!topic || partition === undefined || offset === undefined || more.length > 0) return undefined;
  return { topic, partition, offset };
}

/** Where the group's dead letters and the records handed back to it go. A record that was put on a retry topic by hand has it as its original topic. */
export function topicsOf({ original, group }: Pick<DeadLetter, 'original' | 'group'>): {
  readonly source: string;
  readonly retry: string;
  readonly deadLetters: string;
} {
  const suffix = retryTopic('', group);
  const source = original.topic.endsWith(suffix) ? original.topic.slice(0, -suffix.length) : original.topic;
  return { source, retry: retryTopic(source, group), deadLetters: deadLetterTopic(source, group) };
}
