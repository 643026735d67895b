import type { Exchange } from '../../src/sms/twilio-client.ts';
import { findByReference, smsOutcome } from '../../src/sms/sms-outcome.rules.ts';

const SID = `SM${'0a'.repeat(16)}`;
const NOW = Date.parse('2026-06-13T10:00:00Z');
const answer = (status: number, body: object | string = {}, retryAfter?: string): Exchange => ({
  kind: 'answered',
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  retryAfter,
});
const error = (status: number, code: number): Exchange =>
  answer(status, { code, message: 'The number +491701234567 is wrong', status });

describe('the answer to "create a message"', () => {
  it.each<[string, Exchange, object]>([
    ['201', answer(201, { sid: SID }), { kind: 'sent', gatewayId: SID }],
    ['201 with a body that broke off', answer(201, '{"sid": "SM'), { kind: 'sent' }],
    ['201 with an odd sid', answer(201, { sid: 'ada@example.com' }), { kind: 'sent', gatewayId: undefined }],
    [
      'no such number',
      error(400, 21211),
      { kind: 'refused', reason: { code: 'recipient-refused', status: '400 21211' } },
    ],
    ['unsubscribed', error(400, 21610), { kind: 'refused', reason: { code: 'recipient-refused' } }],
    [
      'text too long',
      error(400, 21617),
      { kind: 'refused', reason: { code: 'message-refused', status: '400 21617' } },
    ],
    ['403 about the message', error(403, 21408), { kind: 'refused', reason: { code: 'recipient-refused' } }],
    [
      '400 without a code',
      answer(400, 'no'),
      { kind: 'refused', reason: { code: 'message-refused', status: '400' } },
    ],
    ['422', answer(422), { kind: 'refused' }],
    [
      'wrong password',
      error(401, 20003),
      { kind: 'unavailable', reason: { code: 'gateway-refused', status: '401 20003' } },
    ],
    ['no such account', error(404, 20404), { kind: 'unavailable', reason: { code: 'gateway-refused' } }],
    ['a redirect', answer(302), { kind: 'unavailable', reason: { code: 'gateway-refused', status: '302' } }],
    ['too many', error(429, 20429), { kind: 'deferred', reason: { code: 'message-refused' } }],
    [
      'the queue of our number is full',
      error(429, 21611),
      { kind: 'deferred', reason: { code: 'message-refused', status: '429 21611' } },
    ],
    ['the same as a 400', error(400, 21611), { kind: 'deferred', reason: { code: 'message-refused' } }],
    [
      'a code that nobody knows',
      error(400, 21998),
      {
        kind: 'deferred',
        reason: { code: 'message-refused', status: '400 21998' },
        gateway: 'unclear',
      },
    ],
    [
      '500',
      error(500, 20500),
      { kind: 'deferred', reason: { code: 'gateway-error', status: '500 20500' }, gateway: 'fails' },
    ],
    [
      '503',
      answer(503),
      {
        kind: 'deferred',
        reason: { code: 'gateway-error', status: '503' },
        isInDoubt: true,
        gateway: 'fails',
      },
    ],
    [
      'a proxy lost the answer',
      answer(502, '<html>'),
      { kind: 'unknown', reason: { code: 'answer-lost', status: '502' } },
    ],
    [
      'a proxy waited too long for it',
      answer(504, '<html>'),
      { kind: 'unknown', reason: { code: 'answer-lost', status: '504' } },
    ],
  ])('%s', (_what, exchange, expected) => {
    const outcome = smsOutcome(exchange, NOW);
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain('+49');
  });

  it.each([21212, 21267, 21603, 21616, 21660, 21661, 21701, 21704, 21705])(
    '%d, about our sender: it is us who are refused, not the message',
    (code) => {
      const refused = {
        kind: 'unavailable',
        reason: { code: 'gateway-refused', status: `400 ${String(code)}` },
      };
      expect(smsOutcome(error(400, code), NOW)).toEqual(refused);
    },
  );

  it('Retry-After: seconds or a date; nonsense and what is long past are none', () => {
    const after = (text: string) =>
      (smsOutcome(answer(429, {}, text), NOW) as { retryAfterMs?: number }).retryAfterMs;
    expect(after('7')).toBe(7_000);
    expect(after('Sat, 13 Jun 2026 10:00:30 GMT')).toBe(30_000);
    expect(after('Sat, 13 Jun 2020 10:00:30 GMT')).toBe(0);
    expect(after('soon')).toBeUndefined();
  });

  it.each<[boolean, boolean, object]>([
    [true, false, { kind: 'unknown', reason: { code: 'answer-lost', status: 'ECONNRESET' } }],
    [true, true, { kind: 'unknown', reason: { code: 'answer-timeout' } }],
    [false, false, { kind: 'unavailable', reason: { code: 'gateway-unreachable' } }],
    [false, true, { kind: 'unavailable', reason: { code: 'gateway-timeout' } }],
  ])('no answer, handed over %s, timed out %s', (isHandedOver, isTimeout, expected) => {
    const exchange: Exchange = { kind: 'broken', isHandedOver, isTimeout, code: 'ECONNRESET' };
    expect(smsOutcome(exchange, NOW)).toMatchObject(expected);
  });
});

describe('the gateway is asked for a message', () => {
  const list = (messages: object[], next: string | null = null): Exchange =>
    answer(200, { messages, next_page_uri: next });
  const other = { body: 'Your order is confirmed. Ref. OTHER', status: 'delivered', sid: SID };
  const ours = { body: 'Your order is confirmed. Ref. 7KQ2M9XD4A', status: 'sent', sid: SID };

  it.each<[string, Exchange, object]>([
    ['it is there', list([other, ours]), { kind: 'sent', gatewayId: SID }],
    [
      'it is there and was not delivered',
      list([{ ...ours, status: 'undelivered' }]),
      { kind: 'not-delivered' },
    ],
    [
      'it was not delivered, and then it was',
      list([{ ...ours, status: 'failed' }, ours]),
      { kind: 'sent', gatewayId: SID },
    ],
    ['it is not there', list([other]), { kind: 'absent' }],
    ['not on this page, and there are more', list([other], '/2010-04-01/…?Page=1'), { kind: 'inconclusive' }],
    ['the gateway fails', answer(500), { kind: 'no-answer' }],
    ['the answer is no list', answer(200, '<html>'), { kind: 'no-answer' }],
    [
      'the connection breaks',
      { kind: 'broken', isHandedOver: true, isTimeout: false, code: undefined },
      { kind: 'no-answer' },
    ],
  ])('%s', (_what, exchange, expected) => {
    expect(findByReference(exchange, '7KQ2M9XD4A')).toMatchObject(expected);
  });
});
