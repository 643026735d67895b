import {
  ContractViolation,
  emit,
  encodeRecord,
  isUuidv7,
  newEvent,
  orderConfirmed,
  orderCreated,
  received,
  uuidv7,
} from '../src/index.ts';
import { anOrder } from './support/records.ts';

const summary = {
  order_id: uuidv7(),
  customer_id: 'c-1',
  currency: 'EUR',
  amount_total: 1,
  item_count: 1,
};

describe('newEvent', () => {
  it('the first of a chain: correlates with itself and has no cause', () => {
    const event = anOrder();
    expect(isUuidv7(event.event_id)).toBe(true);
    expect(event).toMatchObject({ correlation_id: event.event_id, causation_id: null, source: 'test' });
  });

  it('caused by another: carries its correlation on and names it as the cause', () => {
    const order = anOrder();
    const confirmed = newEvent(orderConfirmed, summary, { source: 'worker', cause: order });
    const third = newEvent(orderConfirmed, summary, { source: 'worker', cause: confirmed });
    expect(third).toMatchObject({ correlation_id: order.event_id, causation_id: confirmed.event_id });
  });

  it('a payload that breaks the contract: throws, and names the place but not the value', () => {
    const broken = (): unknown =>
      newEvent(orderConfirmed, { ...summary, currency: 'DM-secret' }, { source: 'worker' });
    expect(broken).toThrow(ContractViolation);
    expect(broken).toThrow(/\/payload\/currency/);
    expect(broken).not.toThrow(/secret/);
  });
});

describe('encodeRecord', () => {
  it('an event: its topic, its key, its JSON and the headers that consumers read before parsing', () => {
    const event = anOrder();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(encodeRecord(orderCreated, event, traceparent)).toEqual({
      topic: 'orders',
      key: event.payload.order_id,
      value: JSON.stringify(event),
      headers: {
        'event-id': event.event_id,
        'event-type': 'order.created',
        'schema-version': '1',
        'content-type': 'application/json',
        traceparent,
      },
    });
  });

  it('an event that was received: the delivery stays out of the JSON', () => {
    const event = received(anOrder(), { offset: 7, traceparent: 'secret-of-the-delivery' });
    expect(encodeRecord(orderCreated, event).value).not.toContain('secret-of-the-delivery');
  });
});

describe('emit', () => {
  it('because of a received event: goes on in its trace', () => {
    const cause = received(anOrder(), { offset: 7, traceparent: '00-trace' });
    expect(emit(orderConfirmed, summary, cause)).toMatchObject({ cause, traceparent: '00-trace' });
  });
});
