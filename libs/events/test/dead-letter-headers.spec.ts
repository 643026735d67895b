import { deadLetterHeaders, verdictOf, type Verdict } from '../src/dead-letter/headers.ts';
import { PermanentError, readRedriven } from '../src/index.ts';
import { record, type Headers } from './support/records.ts';

const at = { group: 'worker', topic: 'orders', partition: 4 };
const failedAt = new Date('2026-06-13T10:00:05.250Z');
const verdict: Verdict = {
  reason: 'permanent',
  errorClass: 'PermanentError',
  message: 'no such product',
  stack: '    at handle (process-orders.js:1:1)',
  attempts: 3,
};

function headersOf(headers: Headers, said: Partial<Verdict> = {}) {
  return deadLetterHeaders(record(17, { headers }), at, { ...verdict, ...said }, failedAt);
}

function bytesOf(headers: object): number {
  const texts = Object.entries(headers as Record<string, string>).flat();
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

describe('deadLetterHeaders', () => {
  it('a record that dies for the first time: where, when, why and how often', () => {
    expect(headersOf({})).toEqual({
      'dlq-reason': 'permanent',
      'dlq-error-class': 'PermanentError',
      'dlq-error-message': 'no such product',
      'dlq-error-stack': '    at handle (process-orders.js:1:1)',
      'dlq-original-topic': 'orders',
      'dlq-original-partition': '4',
      'dlq-original-offset': '17',
      'dlq-original-timestamp': '2026-06-13T10:00:00.000Z',
      'dlq-consumer-group': 'worker',
      'dlq-attempts': '3',
      'dlq-failed-at': '2026-06-13T10:00:05.250Z',
      'dlq-redrive-count': '0',
      error: 'permanent: no such product',
    });
  });

  it('its own headers: kept byte for byte, binary and repeated ones, too', () => {
    const binary = Buffer.from([0, 255, 128, 10]);
    const own = {
      trace: Buffer.from('a'),
      binary,
      twice: [Buffer.from('1'), Buffer.from([255])],
      empty: Buffer.alloc(0),
    };
    expect(headersOf(own)).toMatchObject(own);
  });

  it('a header named like a member of every object: kept, too', () => {
    const own = JSON.parse('{"__proto__": "p", "constructor": "c"}') as Headers;
    expect(Object.entries(headersOf(own))).toEqual(expect.arrayContaining(Object.entries(own)));
  });

  it('a record that died before and was redriven: original position and count stay, the rest is new, once', () => {
    const before = {
      'dlq-reason': Buffer.from('conflict'),
      'dlq-error-message': Buffer.from('old'),
      'dlq-error-stack': Buffer.from('old'),
      'dlq-original-topic': Buffer.from('orders'),
      'dlq-original-partition': Buffer.from('2'),
      'dlq-original-offset': Buffer.from('5'),
      'dlq-original-timestamp': Buffer.from('2026-06-01T00:00:00.000Z'),
      'dlq-consumer-group': Buffer.from('worker'),
      'dlq-attempts': Buffer.from('9'),
      'dlq-failed-at': Buffer.from('2026-06-01T00:00:01.000Z'),
      'dlq-redrive-count': Buffer.from('2'),
      'dlq-parked-behind': Buffer.from('orders/2/4'),
      error: Buffer.from('old'),
    };
    const message = record(90, { headers: before });
    const redriven = readRedriven(message, 'worker', 'orders');
    const retried = { ...at, topic: 'orders.worker.retry', redriven };
    const headers = deadLetterHeaders(message, retried, { ...verdict, stack: undefined }, failedAt);
    expect(headers).toEqual({
      'dlq-reason': 'permanent',
      'dlq-error-class': 'PermanentError',
      'dlq-error-message': 'no such product',
      'dlq-error-stack': 'PermanentError: no such product',
      'dlq-original-topic': 'orders',
      'dlq-original-partition': '2',
      'dlq-original-offset': '5',
      'dlq-original-timestamp': '2026-06-01T00:00:00.000Z',
      'dlq-consumer-group': 'worker',
      'dlq-attempts': '3',
      'dlq-failed-at': '2026-06-13T10:00:05.250Z',
      'dlq-redrive-count': '2',
      error: 'permanent: no such product',
    });
  });

  it('a record of a source topic that says of itself where it died: its real place counts, a producer knows nothing of dead letters', () => {
    const claims = {
      'dlq-original-topic': Buffer.from('payments'),
      'dlq-original-partition': Buffer.from('1'),
      'dlq-original-offset': Buffer.from('2'),
      'dlq-original-timestamp': Buffer.from('2020-01-01T00:00:00.000Z'),
      'dlq-redrive-count': Buffer.from('9'),
      'dlq-redrive-action': Buffer.from('discard'),
    };
    expect(headersOf(claims)).toEqual(headersOf({}));
  });

  it.each([undefined, ''])(
    'a record that nothing was thrown for (stack %j): its class and message stand there',
    (stack) => {
      expect(headersOf({}, { stack })).toMatchObject({
        'dlq-error-stack': 'PermanentError: no such product',
      });
    },
  );

  it('a record that is parked: names the one it waits for', () => {
    const parkedBehind = { topic: 'orders', partition: 4, offset: 11 };
    expect(headersOf({}, { reason: 'parked-behind', parkedBehind })).toMatchObject({
      'dlq-reason': 'parked-behind',
      'dlq-parked-behind': 'orders/4/11',
    });
  });

  it('a record without a time, or with an impossible one: still a dead letter', () => {
    const timeOf = (timestamp: string) =>
      deadLetterHeaders({ ...record(1), timestamp }, at, verdict, failedAt)['dlq-original-timestamp'];
    expect(timeOf('-1')).toBe('1969-12-31T23:59:59.999Z');
    expect(timeOf('-9223372036854775808')).toBe('-9223372036854775808');
    expect(timeOf('9223372036854775807')).toBe('9223372036854775807');
  });

  it('whatever the error says: the added headers stay far below the 64 KiB that the topic allows them', () => {
    const long = '💥"\n'.repeat(100_000);
    const headers = headersOf({}, { message: long, errorClass: long, stack: long });
    expect(Buffer.byteLength(headers['dlq-error-stack'] as string)).toBeLessThanOrEqual(8 * 1024);
    expect(bytesOf(headers)).toBeLessThan(16 * 1024);
    expect(Buffer.from(headers['dlq-error-stack'] as string).toString()).not.toContain('\ufffd');
  });
});

describe('verdictOf', () => {
  it('an error: its class, its code and its stack without the message', () => {
    const error = new PermanentError('no_such_product', 'no such product\nsecond line');
    const said = verdictOf(error, 'permanent', 2);
    expect(said).toMatchObject({
      reason: 'permanent',
      errorClass: 'PermanentError',
      message: 'no_such_product: no such product\nsecond line',
      attempts: 2,
    });
    expect(said.stack).toMatch(/^ +at /);
    expect(said.stack).not.toContain('product\n');
  });

  it.each([
    ['invalid input syntax for type integer: "SECRET"', 'invalid input syntax for type integer: "…"'],
    [`can't handle 'SECRET' here`, `can't handle '…' here`],
    [`the customer's name "SE"CRET" won't do`, `the customer's name "…" won't do`],
    [String.raw`unexpected token in "{\"a\":\"SECRET\"}"`, 'unexpected token in "…"'],
    ['no column `SECRET`', 'no column `…`'],
    ['Key (email)=(SECRET) already exists', 'Key (email)=(…) already exists'],
    ['half quoted "SECRET', 'half quoted "…"'],
    ['"a" and "b"', '"…"'],
    ['no quotes at all', 'no quotes at all'],
  ])('values in the message are masked: %s', (message, masked) => {
    expect(verdictOf(new Error(message), 'retries-exhausted', 5).message).toBe(masked);
  });

  it('JSON.parse’s own words: masked', () => {
    let said: unknown;
    try {
      JSON.parse('{"card": 4111x}');
    } catch (error) {
      said = error;
    }
    expect(verdictOf(said, 'permanent', 1).message).not.toContain('4111');
  });

  it('something thrown that is no error: says so without showing it', () => {
    const said = verdictOf('SECRET', 'retries-exhausted', 1);
    expect(said).toEqual({
      reason: 'retries-exhausted',
      errorClass: 'string',
      message: 'the handler threw no error',
      stack: undefined,
      attempts: 1,
    });
  });
});
