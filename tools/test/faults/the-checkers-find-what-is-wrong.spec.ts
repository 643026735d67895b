import { deadLetterTopic } from '@orderstream/events';
import type { LogRecord } from '../../src/log/log-record.ts';
import { growth, MemorySeries } from './support/memory-series.ts';
import { disagreements, type LedgerRow } from './support/message-ledger.ts';
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

describe('the checker of messages', () => {
  const row = (channel: 'email' | 'sms', id: string, state: string): LedgerRow => ({
    ...{ channel, state, order_id: id, message_id: `<${id}>`, reason_code: null },
  });
  const rows = [
    row('email', 'a', 'sent'),
    row('email', 'b', 'unknown'),
    row('sms', 'b', 'sent'),
    row('sms', 'c', 'unknown'),
  ];
  const caught = { mails: new Map([['<a>', 1]]), sms: new Map([['b', 1]]) };
  const due = new Map([
    ['a', 1],
    ['b', 2],
    ['c', 1],
  ]);

  it('ledger and catchers agree: finds nothing, whether a mail in doubt arrived or not', () => {
    expect(disagreements(rows, caught, due)).toEqual([]);
    const arrived = { ...caught, mails: new Map([...caught.mails, ['<b>', 1]]) };
    expect(disagreements(rows, arrived, due)).toEqual([]);
  });

  it.each<[string, string]>([
    ['sent, and not caught', 'email sent, caught 0 times'],
    ['sent, and caught twice', 'email sent, caught 2 times'],
    ['a mail in doubt, caught twice', 'email unknown, caught 2 times'],
    ['an SMS that could be asked for', 'sms unknown, caught 1 times'],
    ['forgotten in the queue', 'email queued, which nothing asked for'],
    ['caught, and not in the ledger', 'sms caught, and not in the ledger'],
    ['never entered', 'not told as often as it should be'],
  ])('%s: found', (what, sentence) => {
    const [mails, sms] = [new Map(caught.mails), new Map(caught.sms)];
    const all = [...rows];
    if (what === 'sent, and not caught') mails.delete('<a>');
    if (what === 'sent, and caught twice') mails.set('<a>', 2);
    if (what === 'a mail in doubt, caught twice') mails.set('<b>', 2);
    if (what === 'an SMS that could be asked for') sms.set('c', 1);
    if (what === 'forgotten in the queue') all[0] = row('email', 'a', 'queued');
    if (what === 'caught, and not in the ledger') sms.set('z', 1);
    if (what === 'never entered') all.splice(2, 1);
    if (what === 'never entered') sms.delete('b');
    expect(disagreements(all, { mails, sms }, due).join('; ')).toContain(sentence);
  });
});
