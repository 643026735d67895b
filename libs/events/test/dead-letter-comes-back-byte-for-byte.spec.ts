import {
  isPastRedriveLimit,
  parseDeadLetter,
  parsePosition,
  parseResolution,
  readRedriven,
  REDRIVE_LIMIT,
  resolutionRecord,
  retryRecord,
  topicsOf,
} from '../src/index.ts';
import { arrived, letterAgain, letterOf } from './support/letters.ts';
import { record } from './support/records.ts';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const noUtf8 = Buffer.from([0xff, 0xfe, 0, 0x80]);

describe('parseDeadLetter', () => {
  it('a dead letter: all that its headers say', () => {
    const parkedBehind = { topic: 'orders', partition: 4, offset: 11 };
    const letter = letterOf(record(17), 3, { reason: 'parked-behind', parkedBehind });
    expect(parseDeadLetter(letter)).toEqual({
      original: { topic: 'orders', partition: 4, offset: 17 },
      originalTimestamp: '2026-06-13T10:00:00.000Z',
      group: 'worker',
      reason: 'parked-behind',
      errorClass: 'PermanentError',
      errorMessage: 'no such product',
      errorStack: '    at handle (process-orders.js:1:1)',
      attempts: 3,
      failedAt: '2026-06-13T10:00:05.250Z',
      redriveCount: 0,
      parkedBehind,
    });
  });

  it.each([
    ['no original topic', { 'dlq-original-topic': '' }],
    ['an offset that is none', { 'dlq-original-offset': '-1' }],
    ['an offset beyond what a number holds', { 'dlq-original-offset': '9007199254740993' }],
    ['no reason', { 'dlq-reason': '' }],
    ['no group', { 'dlq-consumer-group': '' }],
  ])('a letter with %s: none of ours', (_, broken) => {
    const letter = letterOf(record(17), 3);
    const headers = { ...(letter.headers as Record<string, Buffer>), ...broken };
    expect(parseDeadLetter(arrived({ ...letter, headers }, 3))).toBeUndefined();
    expect(parseDeadLetter(record(17))).toBeUndefined();
  });

  it.each(['orders/4', 'orders/4/x', '/4/1', 'orders/4/1/2', ''])('position %p: none', (text) => {
    expect(parsePosition(text)).toBeUndefined();
  });

  it('its topics: those of the source, also for a record that was put on the retry topic by hand', () => {
    const expected = { source: 'orders', retry: 'orders.worker.retry', deadLetters: 'orders.worker.dlq' };
    for (const topic of ['orders', 'orders.worker.retry']) {
      expect(topicsOf({ group: 'worker', original: { topic, partition: 0, offset: 1 } })).toEqual(expected);
    }
  });
});

describe('retryRecord', () => {
  const own = {
    binary: everyByte,
    twice: [noUtf8, Buffer.from('2')],
    empty: Buffer.alloc(0),
    'event-type': Buffer.from('order.created'),
  };

  it('key, value and headers: the bytes of the record that died, whatever they are', () => {
    const original = record(17, { key: noUtf8, value: everyByte, headers: own });
    const sent = retryRecord(letterOf(original, 3));
    expect(sent).toMatchObject({ topic: 'orders.worker.retry', partition: 4, key: noUtf8, value: everyByte });
    expect(sent.headers).toMatchObject(own);
    expect(sent.headers).not.toHaveProperty('error');
    expect(sent.headers['dlq-redrive-count']).toBe('1');
    expect(sent.headers['dlq-reason']).toEqual(Buffer.from('permanent'));
  });

  it('null key and value: stay null; empty ones: stay empty', () => {
    expect(retryRecord(letterOf(record(1), 0))).toMatchObject({ key: null, value: null });
    const empty = Buffer.alloc(0);
    const sent = retryRecord(letterOf(record(1, { key: empty, value: empty }), 0));
    expect([sent.key, sent.value]).toEqual([empty, empty]);
  });

  it('three times there and back: the same bytes, the original position, one count more each time', () => {
    let letter = letterOf(record(17, { key: noUtf8, value: everyByte, headers: own }), 0);
    for (const count of [1, 2, 3]) {
      letter = letterAgain(arrived(retryRecord(letter), 50 + count), count, {
        attempts: count,
        message: `no ${count}`,
      });
      expect(letter).toMatchObject({ key: noUtf8, value: everyByte });
      expect(letter.headers).toMatchObject(own);
      expect(parseDeadLetter(letter)).toMatchObject({
        original: { topic: 'orders', partition: 4, offset: 17 },
        redriveCount: count,
        attempts: count,
        errorMessage: `no ${count}`,
        originalTimestamp: '2026-06-13T10:00:00.000Z',
        failedAt: '2026-06-14T10:00:05.250Z',
      });
    }
  });

  it('something that is no dead letter: refused', () => {
    expect(() => retryRecord(record(1))).toThrow(TypeError);
    expect(() =>
      resolutionRecord(record(1), { kind: 'redriven', redriveCount: 1, by: '', why: '', at: '' }),
    ).toThrow(TypeError);
  });
});

describe('readRedriven', () => {
  const retried = (options = {}) => arrived(retryRecord(letterOf(record(17), 3), options), 90);

  it('a retry record: where it stood, its count, what is asked', () => {
    const original = { topic: 'orders', partition: 4, offset: 17 };
    expect(readRedriven(retried(), 'worker', 'orders')).toEqual({
      original,
      redriveCount: 1,
      isDiscarded: false,
      isPastLimit: false,
    });
    expect(readRedriven(retried({ isDiscarded: true, redriveCount: 4 }), 'worker', 'orders')).toMatchObject({
      redriveCount: 4,
      isDiscarded: true,
    });
  });

  it('another group’s, another topic’s, or none at all: put there by hand', () => {
    expect(readRedriven(retried(), 'fraud', 'orders')).toBeUndefined();
    expect(readRedriven(retried(), 'worker', 'payments')).toBeUndefined();
    expect(readRedriven(record(1), 'worker', 'orders')).toBeUndefined();
    expect(readRedriven(letterOf(record(17), 3), 'worker', 'orders')).toBeUndefined();
  });

  it('the limit: the tenth return is the last one, unless the record was only parked', () => {
    const isPastLimit = (redriveCount: number, reason: 'permanent' | 'parked-behind' = 'permanent') => {
      const letter = letterOf(record(17), 3, { reason });
      return readRedriven(arrived(retryRecord(letter, { redriveCount }), 90), 'worker', 'orders')
        ?.isPastLimit;
    };
    expect([REDRIVE_LIMIT, isPastLimit(10), isPastLimit(11)]).toEqual([10, false, true]);
    expect(isPastLimit(11, 'parked-behind')).toBe(false);
    expect(isPastRedriveLimit({ redriveCount: 10, reason: 'permanent' })).toBe(true);
    expect(isPastRedriveLimit({ redriveCount: 9, reason: 'permanent' })).toBe(false);
  });
});

describe('resolutionRecord', () => {
  it('says who, what, when, why; stands beside the letter, under its key', () => {
    const letter = letterOf(record(17, { key: noUtf8 }), 3);
    const said = {
      kind: 'redriven',
      redriveCount: 1,
      by: 'ada',
      why: 'fixed',
      at: '2026-06-14T09:00:00.000Z',
    } as const;
    const sent = resolutionRecord(letter, { ...said, job: 'j-1', retryOffset: 90 });
    expect(sent).toMatchObject({ topic: 'orders.worker.dlq', partition: 4, key: noUtf8 });
    expect(JSON.parse(sent.value as string)).toEqual({
      resolution: 'redriven',
      by: 'ada',
      why: 'fixed',
      at: '2026-06-14T09:00:00.000Z',
      job: 'j-1',
    });
    expect(parseResolution(arrived(sent, 4))).toEqual({
      ...said,
      original: { topic: 'orders', partition: 4, offset: 17 },
      group: 'worker',
      job: 'j-1',
      retryOffset: 90,
    });
    expect(parseDeadLetter(arrived(sent, 4))).toBeUndefined();
    expect(parseResolution(letter)).toBeUndefined();
  });

  it('however long the explanation: its headers fit', () => {
    const long = '💥'.repeat(100_000);
    const sent = resolutionRecord(letterOf(record(1), 0), {
      kind: 'discarded',
      redriveCount: 0,
      by: long,
      why: long,
      at: 'now',
    });
    expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThan(16 * 1024);
  });
});
