import { jest } from '@jest/globals';
import { createRequire } from 'node:module';
import { decodeRecordBytes, type BatchContext, type DecodedRecord } from '../src/kafka/record-decoder.ts';
import { crc32C } from '../src/kafka/crc32c.ts';
import { encodeProduceRequest, type ProduceRequest } from '../src/kafka/produce-request.ts';
import type { RecordToEncode } from '../src/kafka/record-encoder.ts';

const require = createRequire(import.meta.url);
const theirEncoder = require('kafkajs/src/protocol/recordBatch/record/v0') as (
  record: RecordToEncode & { offsetDelta?: number; timestampDelta?: number },
) => { readonly buffer: Buffer };
const theirRequest = require('kafkajs/src/protocol/requests/produce/v3/request') as (
  request: ProduceRequest,
) => {
  encode(): Promise<{ readonly buffer: Buffer }>;
};
const theirCrc32C = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;
const theirDecoder = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  decoder: unknown,
  context: BatchContext,
) => DecodedRecord;
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => {
  readVarIntBytes(): Buffer;
};

const context: BatchContext = {
  firstOffset: '4294967290',
  firstTimestamp: '1781344800000',
  maxTimestamp: '1781344800999',
  magicByte: 2,
  isControlBatch: false,
  timestampType: 0,
};

/** Numbers that are the same in every run (Park and Miller's generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

function randomRecord(next: (below: number) => number) {
  const bytes = (most: number): Buffer => Buffer.from(Array.from({ length: next(most) }, () => next(256)));
  const text = (most: number): string =>
    Array.from({ length: next(most) }, () => String.fromCodePoint(32 + next(9_000))).join('');
  const either = (most: number) => (next(2) === 0 ? bytes(most) : text(most));
  return {
    offsetDelta: next(70_000),
    timestampDelta: next(4) === 0 ? next(2_000_000_000) * 1_000 : next(10_000) - 5_000,
    key: next(5) === 0 ? null : either(40),
    value: next(5) === 0 ? null : either(3_000),
    headers: Object.fromEntries(
      Array.from({ length: next(12) }, () => [
        text(20),
        next(4) === 0 ? [either(10), either(10)] : either(200),
      ]),
    ),
  };
}

const recordBytes = (encoded: { readonly buffer: Buffer }): Buffer =>
  new Decoder(encoded.buffer).readVarIntBytes();

describe('records on the wire, beside kafkajs', () => {
  it('requests with records of every shape: the same bytes', async () => {
    const next = numbers(7);
    for (let n = 0; n < 60; n += 1) {
      const messages = Array.from({ length: 1 + next(n * 5) }, () => randomRecord(next));
      const request = {
        acks: -1,
        timeout: 5_000,
        topicData: [
          { topic: 'orders', partitions: [{ partition: n, messages }] },
          { topic: 'Zahlungen-ä', partitions: [{ partition: 1, messages: [{}] }] },
        ],
      };
      const clock = jest.spyOn(Date, 'now').mockReturnValue(1_781_344_800_000 + n);
      const theirs = await theirRequest(request).encode();
      expect(encodeProduceRequest(request, Date.now()).equals(theirs.buffer)).toBe(true);
      clock.mockRestore();
    }
  });

  it('the checksum of any number of bytes: the same, and that of the standard', () => {
    const next = numbers(5);
    for (let length = 0; length < 70; length += 1) {
      const bytes = Buffer.from(Array.from({ length }, () => next(256)));
      expect([length, crc32C(bytes)]).toEqual([length, theirCrc32C(bytes)]);
    }
    // RFC 3720, appendix B.4: 32 bytes of zeroes, of ones, and counting up.
    expect(crc32C(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32C(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32C(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  });

  it('200 records of every shape, read: the same record', () => {
    const next = numbers(11);
    for (let n = 0; n < 200; n += 1) {
      const bytes = recordBytes(theirEncoder(randomRecord(next)));
      expect(decodeRecordBytes(bytes, context)).toEqual(theirDecoder(new Decoder(bytes), context));
    }
  });

  it('an empty record, read: the same record', () => {
    const bytes = recordBytes(theirEncoder({}));
    expect(decodeRecordBytes(bytes, context)).toEqual(theirDecoder(new Decoder(bytes), context));
  });

  it('the broker gave the time, or a batch of control records: as kafkajs tells it', () => {
    const bytes = recordBytes(theirEncoder({ key: 'k', value: 'v', timestampDelta: 5 }));
    for (const other of [
      { ...context, timestampType: 1 },
      { ...context, isControlBatch: true },
    ]) {
      expect(decodeRecordBytes(bytes, other)).toEqual(theirDecoder(new Decoder(bytes), other));
    }
  });

  it('a header called __proto__: a header', () => {
    const headers = JSON.parse('{"__proto__": "x"}') as Record<string, string>;
    const bytes = recordBytes(theirEncoder({ headers }));
    const decoded = decodeRecordBytes(bytes, context);
    expect(Object.entries(decoded?.headers ?? {})).toEqual([['__proto__', Buffer.from('x')]]);
  });

  it.each([
    ['times that a double cannot hold', '9223372036854775000'],
    ['a time before every calendar', '-9223372036854775000'],
  ])('%s: left to kafkajs', (_, firstTimestamp) => {
    const bytes = recordBytes(theirEncoder({ value: 'v', timestampDelta: 1 }));
    expect(decodeRecordBytes(bytes, { ...context, firstTimestamp })).toBeUndefined();
  });

  it('a record that ends too early, wherever: left to kafkajs', () => {
    const bytes = recordBytes(
      theirEncoder({ key: 'key', value: 'value', headers: { name: 'header', other: 'one' } }),
    );
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeRecordBytes(bytes.subarray(0, length), context)).toBeUndefined();
    }
    expect(decodeRecordBytes(bytes, context)).toBeDefined();
  });
});
