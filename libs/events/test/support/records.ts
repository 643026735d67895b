import type { KafkaMessage } from 'kafkajs';
import { newEvent, orderCreated, uuidv7, type EventOf } from '../../src/index.ts';

export type OrderCreated = EventOf<typeof orderCreated>;

export function anOrder(orderId = uuidv7()): OrderCreated {
  return newEvent(
    orderCreated,
    {
      order_id: orderId,
      customer_id: 'c-1',
      currency: 'EUR',
      amount_total: 4_200,
      items: [{ sku: 'tea', quantity: 2, unit_amount: 2_100 }],
    },
    { source: 'test' },
  );
}

export type Headers = NonNullable<KafkaMessage['headers']>;

/** A record as kafkajs hands it over. */
export function record(offset: number, options: RecordOptions = {}): KafkaMessage {
  const { key = null, value = null, headers = {} } = options;
  return {
    offset: String(offset),
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value as string),
    headers,
    timestamp: String(Date.parse('2026-06-13T10:00:00.000Z')),
    attributes: 0,
  };
}

interface RecordOptions {
  readonly key?: string | Buffer | null;
  readonly value?: string | Buffer | null;
  readonly headers?: Headers;
}

/** The record of an `order.created` event, with all its headers. */
export function orderRecord(offset: number, event: OrderCreated = anOrder()): KafkaMessage {
  return record(offset, {
    key: event.payload.order_id,
    value: JSON.stringify(event),
    headers: {
      'event-id': Buffer.from(event.event_id),
      'event-type': Buffer.from(event.event_type),
      'schema-version': Buffer.from(String(event.schema_version)),
      'content-type': Buffer.from('application/json'),
    },
  });
}
