import type { KafkaMessage } from 'kafkajs';
import { headerText } from '../consumer/header-text.ts';
import type { OutgoingRecord } from '../event.ts';
import type { RecordPosition } from '../producer/lane.ts';
import { countIn, originalOf, parseDeadLetter, topicsOf } from './dead-letter.ts';

/** What an operator did with a dead letter, as it stands in the dead-letter topic behind it. */
export interface Resolution {
  readonly kind: 'redriven' | 'discarded';
  readonly original: RecordPosition;
  readonly group: string;
  /** Redriven: the count that the retry record carried. Discarded: the count of the dead letter that was given up. */
  readonly redriveCount: number;
  /** Who. */
  readonly by: string;
  readonly why: string;
  /** RFC 3339. */
  readonly at: string;
  /** The job it was part of. */
  readonly job: string | undefined;
  /** Where the retry topic's broker put the retry record. Of two contradictory resolutions, the one whose record came first took effect. */
  readonly retryOffset: number | undefined;
}

export type ResolutionOptions = Omit<Resolution, 'original' | 'group' | 'job' | 'retryOffset'> &
  Partial<Pick<Resolution, 'job' | 'retryOffset'>>;

/** Headers must fit the topic whatever somebody types. */
const MAX_TEXT_CHARACTERS = 1_000;

/**
 * The record that says what became of a dead letter. To be appended after the broker has acknowledged the retry record: a crash
 * between the two leaves the letter open, and the group drops the second copy.
 * @throws TypeError when `letter` is no dead letter
 */
export function resolutionRecord(letter: KafkaMessage, options: ResolutionOptions): OutgoingRecord {
  const parsed = parseDeadLetter(letter);
  if (parsed === undefined) throw new TypeError('not a dead letter');
  const { original, group } = parsed;
  const by = options.by.slice(0, MAX_TEXT_CHARACTERS);
  const why = options.why.slice(0, MAX_TEXT_CHARACTERS);
  const { kind, at, job, redriveCount, retryOffset } = options;
  return {
    topic: topicsOf(parsed).deadLetters,
    partition: original.partition,
    key: letter.key,
    value: JSON.stringify({ resolution: kind, by, why, at, job }),
    headers: {
      'dlq-resolution': kind,
      'dlq-original-topic': original.topic,
      'dlq-original-partition': String(original.partition),
      'dlq-original-offset': String(original.offset),
      'dlq-consumer-group': group,
      'dlq-redrive-count': String(redriveCount),
      'dlq-resolved-by': by,
      'dlq-resolved-why': why,
      'dlq-resolved-at': at,
      'dlq-resolved-job': job,
      'dlq-retry-offset': retryOffset === undefined ? undefined : String(retryOffset),
      'content-type': 'application/json',
    },
  };
}

/** Reads a record of a dead-letter topic; undefined for one that is no resolution. */
export function parseResolution(message: Pick<KafkaMessage, 'headers'>): Resolution | undefined {
  const kind = headerText(message, 'dlq-resolution');
  const original = originalOf(message);
  const group = headerText(message, 'dlq-consumer-group');
  const redriveCount = countIn(message, 'dlq-redrive-count');
  if (kind !== 'redriven' && kind !== 'discarded') return undefined;
  if (original === undefined || group === undefined || redriveCount === undefined) return undefined;
  return {
    kind,
    original,
    group,
    redriveCount,
    by: headerText(message, 'dlq-resolved-by') ?? '',
    why: headerText(message, 'dlq-resolved-why') ?? '',
    at: headerText(message, 'dlq-resolved-at') ?? '',
    job: headerText(message, 'dlq-resolved-job'),
    retryOffset: countIn(message, 'dlq-retry-offset'),
  };
}
