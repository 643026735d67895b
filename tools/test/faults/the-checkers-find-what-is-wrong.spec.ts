import { deadLetterTopic } from '@orderstream/events';
import type { LogRecord } from '../../src/log/log-record.ts';
import { growth, MemorySeries } from './support/memory-series.ts';
import { wrongDeadLetters, type Expected } from './support/wrong-dead-letters.ts';

const source: LogRecord = {
  topic: 'orders',
  partition: 2,
  offset: 7,
  timestampMs: 0,
  key: Buffer.from('key'),
  value: null,
  headers: { 'event-type': Buffer.from('order.created'), twice: [Buffer.from('a'), Buffer.from('b')] },
};
const behind = { topic: 'orders', partition: 2, offset: 5 };
const expected = new Map<string, Expected>([['orders/2/7', { reason: 'parked-behind', source, behind }]]);

function letter(headers: LogRecord['headers'] = {}, change: Partial<LogRecord> = {}): LogRecord {
  return {
    ...source,
    topic: deadLetterTopic('orders', 'worker'),
    headers: {
      ...source.headers,
      'dlq-reason': 'parked-behind',
      'dlq-consumer-group': 'worker',
      'dlq-original-topic': 'orders',
      'dlq-original-partition': '2',
      'dlq-original-offset': '7',
      'dlq-parked-behind': 'orders/2/5',
      error: 'parked-behind',
      ...headers,
    },
    ...change,
  };
}

describe('the checker of dead letters', () => {
  it('each is there once, as it was: finds nothing', () => {
    expect(wrongDeadLetters('worker', expected, [letter()])).toEqual([]);
  });

  it.each<[string, LogRecord[], RegExp]>([
    ['one is missing', [], /not dead-lettered, as orders\/2\/7/],
    ['one is there twice', [letter(), letter()], /dead-lettered twice/],
    [
      'another one is there',
      [letter(), letter({ 'dlq-original-offset': '8' })],
      /should not be, as orders\/2\/8/,
    ],
    ['another reason', [letter({ 'dlq-reason': 'permanent' })], /is permanent instead of parked-behind/],
    [
      'it waits for another record',
      [letter({ 'dlq-parked-behind': 'orders/2/6' })],
      /waits for orders\/2\/6/,
    ],
    ['another group', [letter({ 'dlq-consumer-group': 'analytics' })], /names the group analytics/],
    ['another key', [letter({}, { key: null })], /another key/],
    ['an empty value instead of none', [letter({}, { value: Buffer.alloc(0) })], /another value/],
    ['a header is missing', [letter({ twice: 'a' })], /other headers/],
    ['a header is new', [letter({ new: 'a' })], /other headers/],
  ])('%s: says so', (_, letters, message) => {
    expect(wrongDeadLetters('worker', expected, letters).join('\n')).toMatch(message);
  });
});

describe('the judgement of memory', () => {
  const over = (count: number, mb: (index: number) => number): number[] =>
    Array.from({ length: count }, (_, index) => mb(index));

  it('grows by half from the second quarter to the last: 1.5', () => {
    expect(growth(over(100, (index) => (index < 75 ? 100 : 150)))).toBeCloseTo(1.5);
  });

  it('is high at the beginning only, or for a moment: no growth', () => {
    expect(growth(over(100, (index) => (index < 20 || index === 90 ? 300 : 100)))).toBeCloseTo(1);
  });

  it('idle before and after the work: does not count', () => {
    const series = new MemorySeries();
    for (const [mb, handled] of [
      [1, 0],
      [2, 10],
      [3, 20],
      [4, 20],
      [5, 20],
    ] as const)
      series.add(mb, handled);
    expect(series.working()).toEqual([2, 3]);
  });
});
