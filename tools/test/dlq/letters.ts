import { deadLetterTopic, noteStanding, type OutgoingRecord, type Standing } from '@orderstream/events';
import type { GroupTopic, Letter } from '../../src/dlq/letter.ts';

export interface LetterShape {
  readonly of: Pick<GroupTopic, 'group' | 'topic'>;
  readonly partition?: number;
  /** Of the record itself. */
  readonly offset: number;
  readonly key?: string | null;
  readonly reason?: string;
  readonly redriveCount?: number;
  /** Offset of the record it waits for, in its own partition. */
  readonly behind?: number;
  readonly value?: string | Buffer | null;
  readonly headers?: OutgoingRecord['headers'];
}

/** The record a group writes when it gives one up, as contract.md describes it. */
export function letterRecord(shape: LetterShape): OutgoingRecord {
  const { of, partition = 0, offset, key = `key-${offset}`, redriveCount = 0, behind } = shape;
  return {
    topic: deadLetterTopic(of.topic, of.group),
    partition,
    key,
    value: shape.value === undefined ? '{"not": "an envelope"}' : shape.value,
    headers: {
      'event-type': 'order.created',
      ...shape.headers,
      'dlq-reason': behind === undefined ? (shape.reason ?? 'contract-violated') : 'parked-behind',
      'dlq-error-class': 'UnreadableRecord',
      'dlq-error-message': '/payload/items required',
      'dlq-error-stack': '    at decode (decode.js:1:1)',
      'dlq-original-topic': of.topic,
      'dlq-original-partition': String(partition),
      'dlq-original-offset': String(offset),
      'dlq-original-timestamp': '2026-06-13T10:00:00.000Z',
      'dlq-consumer-group': of.group,
      'dlq-attempts': '1',
      'dlq-failed-at': '2026-06-13T10:00:01.000Z',
      'dlq-redrive-count': String(redriveCount),
      ...(behind === undefined ? {} : { 'dlq-parked-behind': `${of.topic}/${partition}/${behind}` }),
      error: 'contract-violated: /payload/items required',
    },
  };
}

/** A letter as the log reader derives it, without a log. */
export function letter(shape: Omit<LetterShape, 'of'> & { state?: Standing['state'] }): Letter {
  const of = { group: 'worker', topic: 'orders', ordered: true };
  const record = letterRecord({ ...shape, of });
  const headers = Object.fromEntries(
    Object.entries(record.headers).map(([name, value]) => [name, Buffer.from(String(value))]),
  );
  const message = {
    key: null,
    value: null,
    headers,
    timestamp: '0',
    attributes: 0,
    offset: String(shape.offset),
  };
  const standing = noteStanding(new Map(), message) as Standing;
  return {
    id: `orders/${shape.partition ?? 0}/${shape.offset}`,
    of,
    standing: { ...standing, state: shape.state ?? 'open' },
    partition: shape.partition ?? 0,
    eventType: 'order.created',
    key: record.key as string | null,
    diedAtMs: 0,
  };
}
