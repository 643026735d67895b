import type { KafkaMessage } from 'kafkajs';
import { decode } from '../src/consumer/decode.ts';
import { offsetOf, traceparentOf } from '../src/index.ts';
import { workerSubscription } from './support/decoding.ts';
import { anOrder, orderRecord, record, type OrderCreated } from './support/records.ts';

const subscription = workerSubscription();

/** The record of a valid order, after `change` has worked on its value. */
function withBody(change: (body: Record<string, unknown>) => unknown, headers = {}): KafkaMessage {
  const event = anOrder();
  const body = change(structuredClone(event) as unknown as Record<string, unknown>);
  return record(3, { key: event.payload.order_id, value: JSON.stringify(body), headers });
}

function withPayload(change: (payload: Record<string, unknown>) => unknown, headers = {}): KafkaMessage {
  return withBody(
    (body) => ({ ...body, payload: change(body['payload'] as Record<string, unknown>) }),
    headers,
  );
}

function without(member: string) {
  return ({ [member]: _gone, ...rest }: Record<string, unknown>) => rest;
}

describe('decode: what the group handles', () => {
  it('a valid record: the event, with where and in which trace it came', () => {
    const message = orderRecord(41);
    message.headers = { ...message.headers, traceparent: Buffer.from('00-abc') };
    const decoded = decode(message, subscription);
    if (decoded.kind !== 'event') throw new Error(`it is ${decoded.kind}`);
    expect(decoded.eventType).toBe('order.created');
    expect(JSON.stringify(decoded.event)).toBe(message.value?.toString());
    expect([offsetOf(decoded.event), traceparentOf(decoded.event)]).toEqual([41, '00-abc']);
  });

  it('no headers at all: the value says what it is', () => {
    const event = anOrder();
    const message = record(0, { key: event.payload.order_id, value: JSON.stringify(event) });
    expect(decode(message, subscription)).toMatchObject({ kind: 'event', eventType: 'order.created' });
  });

  it('an event-type header without content names nothing: the value is read', () => {
    const event = anOrder();
    const headers = { 'event-type': Buffer.alloc(0) };
    const message = record(0, { key: event.payload.order_id, value: JSON.stringify(event), headers });
    expect(decode(message, subscription)).toMatchObject({ kind: 'event', eventType: 'order.created' });
  });

  it('unknown members: ignored and handed on', () => {
    const message = withPayload((payload) => ({ ...payload, gift: true }));
    expect(decode(message, subscription)).toMatchObject({
      kind: 'event',
      event: { payload: { gift: true } },
    });
  });
});

describe('decode: what the group does not handle is skipped', () => {
  it.each([
    [
      'a type of another group, by its header: unparsed',
      record(0, { value: 'no JSON', headers: header('order.paid') }),
      'order.paid',
    ],
    [
      'a type in no contract, by its header: a newer producer is ahead of us',
      record(0, { value: null, headers: header('order.exploded') }),
      'unknown',
    ],
    [
      'a type of another group, in a value without header',
      record(0, { value: '{"event_type":"order.paid"}' }),
      'order.paid',
    ],
  ])('%s', (_, message, eventType) => {
    expect(decode(message, subscription)).toEqual({ kind: 'skipped', eventType });
  });
});

describe('decode: what cannot be processed is a dead letter', () => {
  const created = header('order.created');
  const cases: [situation: string, message: KafkaMessage, reason: string][] = [
    ['null as value', record(0, { value: null, headers: created }), 'empty-value'],
    ['null as value, no headers', record(0, { value: null }), 'empty-value'],
    ['zero bytes as value', record(0, { value: '', headers: created }), 'empty-value'],

    ['text', record(0, { value: 'hello', headers: created }), 'not-json'],
    ['half an object', record(0, { value: '{"event_type":', headers: created }), 'not-json'],
    ['binary', record(0, { value: Buffer.from([0, 1, 2, 255]), headers: created }), 'not-json'],
    ['white space', record(0, { value: ' \n', headers: created }), 'not-json'],
    [
      'bytes that are no UTF-8 inside a string',
      record(0, { value: Buffer.from('{"event_type":"order.created","a":"\xff"}', 'latin1') }),
      'not-json',
    ],
    ['a byte order mark', record(0, { value: '\ufeff{}', headers: created }), 'not-json'],

    ['null as JSON', record(0, { value: 'null', headers: created }), 'not-an-envelope'],
    ['a number', record(0, { value: '42', headers: created }), 'not-an-envelope'],
    ['a string', record(0, { value: '"order.created"', headers: created }), 'not-an-envelope'],
    ['an array', record(0, { value: '[]', headers: created }), 'not-an-envelope'],
    ['an empty object', record(0, { value: '{}', headers: created }), 'not-an-envelope'],
    ['a type that is no string', withBody((body) => ({ ...body, event_type: 7 })), 'not-an-envelope'],
    ...['event_id', 'schema_version', 'timestamp', 'source', 'correlation_id', 'causation_id', 'payload'].map(
      (member): [string, KafkaMessage, string] => [
        `no ${member}`,
        withBody(without(member)),
        'not-an-envelope',
      ],
    ),
    [
      'no schema_version, although a header names one',
      withBody(without('schema_version'), version('1')),
      'not-an-envelope',
    ],
    [
      'no event_id, although a header names one',
      withBody(without('event_id'), eventId('x')),
      'not-an-envelope',
    ],
    [
      'a version that is no number',
      withBody((body) => ({ ...body, schema_version: '1' })),
      'not-an-envelope',
    ],
    ['version 1.5', withBody((body) => ({ ...body, schema_version: 1.5 })), 'not-an-envelope'],
    [
      'an event id of version 4',
      withBody((body) => ({ ...body, event_id: '9f0c0b8e-6d3f-4c62-9d2b-0a4f4b1c2d3e' })),
      'not-an-envelope',
    ],
    [
      '30 February',
      withBody((body) => ({ ...body, timestamp: '2026-02-30T10:00:00.000Z' })),
      'not-an-envelope',
    ],
    [
      'a time with an offset',
      withBody((body) => ({ ...body, timestamp: '2026-06-13T10:00:00.000+02:00' })),
      'not-an-envelope',
    ],
    ['null as payload', withBody((body) => ({ ...body, payload: null })), 'not-an-envelope'],

    [
      'a type in no contract, in a value without header',
      withBody((body) => ({ ...body, event_type: 'order.exploded' })),
      'unknown-event-type',
    ],
    [
      'the name of an object’s own member as type',
      withBody((body) => ({ ...body, event_type: '__proto__' })),
      'unknown-event-type',
    ],

    ['version 2', withBody((body) => ({ ...body, schema_version: 2 })), 'unknown-schema-version'],
    ['version 0', withBody((body) => ({ ...body, schema_version: 0 })), 'unknown-schema-version'],
    [
      'version 2, and a header that agrees',
      withBody((body) => ({ ...body, schema_version: 2 }), version('2')),
      'unknown-schema-version',
    ],

    ['a missing member', withPayload(without('customer_id')), 'contract-violated'],
    ['the key’s member missing', withPayload(without('order_id')), 'contract-violated'],
    ['an empty payload', withPayload(() => ({})), 'contract-violated'],
    ['a number as text', withPayload((payload) => ({ ...payload, amount_total: '42' })), 'contract-violated'],
    [
      'an unsafe integer',
      withPayload((payload) => ({ ...payload, amount_total: 2 ** 53 })),
      'contract-violated',
    ],
    ['no items', withPayload((payload) => ({ ...payload, items: [] })), 'contract-violated'],
    [
      'a currency of the past',
      withPayload((payload) => ({ ...payload, currency: 'DEM' })),
      'contract-violated',
    ],
    [
      'null for an optional member',
      withPayload((payload) => ({ ...payload, contact: null })),
      'contract-violated',
    ],

    [
      'another type in the header',
      withBody((body) => body, header('order.cancellation_requested')),
      'header-mismatch',
    ],
    ['another version in the header', withBody((body) => body, version('2')), 'header-mismatch'],
    [
      'another event id in the header',
      withBody((body) => body, eventId('019730c6-8a5e-7000-8000-000000000000')),
      'header-mismatch',
    ],

    ['another key', { ...orderRecord(0), key: Buffer.from('order-2') }, 'key-mismatch'],
    ['no key', { ...orderRecord(0), key: null }, 'key-mismatch'],
    ['a key that is no UTF-8', { ...orderRecord(0), key: Buffer.from([255]) }, 'key-mismatch'],
  ];

  it.each(cases)('%s', (_, message, reason) => {
    expect(decode(message, subscription)).toMatchObject({ kind: 'dead', reason });
  });

  it('the detail: names the place, never the value', () => {
    const secret = 'ada@example.org';
    const detail = (message: KafkaMessage): string =>
      (decode(message, subscription) as { detail: string }).detail;
    expect(detail(withPayload((payload) => ({ ...payload, currency: secret })))).toMatch(
      /^\/payload\/currency /,
    );
    const messages = [
      record(0, { value: `${secret}{`, headers: created }),
      withBody((body) => ({ ...body, event_type: secret })),
      withBody((body) => ({ ...body, timestamp: secret })),
      withPayload((payload) => ({ ...payload, order_id: secret, items: secret })),
      withBody((body) => body, eventId(secret)),
      { ...orderRecord(0), key: Buffer.from(secret) },
    ];
    for (const message of messages) expect(detail(message)).not.toContain(secret);
  });

  it('100,000 levels of nesting: an answer, not an exception', () => {
    const nested = '['.repeat(100_000) + ']'.repeat(100_000);
    const deep = `{"event_type":"order.created","schema_version":1,"payload":${nested}}`;
    expect(decode(record(0, { value: deep }), subscription)).toMatchObject({ kind: 'dead' });
    const value = JSON.stringify(anOrder() satisfies OrderCreated).replace(
      '"payload":{',
      `"payload":{"x":${nested},`,
    );
    expect(['event', 'dead']).toContain(decode(record(0, { value }), subscription).kind);
  });
});

function header(type: string) {
  return { 'event-type': Buffer.from(type) };
}

function version(text: string) {
  return { 'schema-version': Buffer.from(text) };
}

function eventId(text: string) {
  return { 'event-id': Buffer.from(text) };
}
