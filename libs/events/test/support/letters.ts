import type { KafkaMessage } from 'kafkajs';
import { deadLetterHeaders, type Verdict } from '../../src/dead-letter/headers.ts';
import {
  readRedriven,
  resolutionRecord,
  type OutgoingRecord,
  type ResolutionOptions,
} from '../../src/index.ts';
import { record } from './records.ts';

const verdict: Verdict = {
  reason: 'permanent',
  errorClass: 'PermanentError',
  message: 'no such product',
  stack: '    at handle (process-orders.js:1:1)',
  attempts: 3,
};

/** What Kafka would hand over of a record that was sent, at `offset`. */
export function arrived(
  sent: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>,
  offset: number,
): KafkaMessage {
  const headers = Object.entries(sent.headers).filter(([, value]) => value !== undefined);
  const bytes = (value: unknown): Buffer => (Buffer.isBuffer(value) ? value : Buffer.from(String(value)));
  return record(offset, {
    key: sent.key,
    value: sent.value,
    headers: Object.fromEntries(
      headers.map(([name, value]) => [name, Array.isArray(value) ? value.map(bytes) : bytes(value)]),
    ),
  });
}

/** The dead letter that the group `worker` makes of a record of `orders/4`. */
export function letterOf(message: KafkaMessage, offset: number, said: Partial<Verdict> = {}): KafkaMessage {
  const at = { group: 'worker', topic: 'orders', partition: 4 };
  const headers = deadLetterHeaders(
    message,
    at,
    { ...verdict, ...said },
    new Date('2026-06-13T10:00:05.250Z'),
  );
  return arrived({ ...message, headers }, offset);
}

/** The dead letter it makes of one that was handed back and dies again. */
export function letterAgain(
  retried: KafkaMessage,
  offset: number,
  said: Partial<Verdict> = {},
): KafkaMessage {
  const redriven = readRedriven(retried, 'worker', 'orders');
  const at = { group: 'worker', topic: 'orders.worker.retry', partition: 4, redriven };
  const headers = deadLetterHeaders(
    retried,
    at,
    { ...verdict, ...said },
    new Date('2026-06-14T10:00:05.250Z'),
  );
  return arrived({ ...retried, headers }, offset);
}

/** What an operator leaves behind a letter. */
export function resolutionOf(
  letter: KafkaMessage,
  offset: number,
  said: Pick<ResolutionOptions, 'kind' | 'redriveCount'> & Partial<ResolutionOptions>,
): KafkaMessage {
  const options = { by: 'ada', why: 'the product is there now', at: '2026-06-14T09:00:00.000Z', ...said };
  return arrived(resolutionRecord(letter, options), offset);
}
