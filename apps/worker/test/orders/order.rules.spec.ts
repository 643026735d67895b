import {
  newEvent,
  orderCreated,
  orderConfirmed,
  orderRejected,
  type PermanentError,
  uuidv7,
} from '@orderstream/events';
import { decide } from '../../src/orders/order.rules.ts';

const limits = { default: 100_000_000, byCurrency: { JPY: 1_000 } };
const items = [{ sku: 'tea', quantity: 2, unit_amount: 450 }];

function created(payload: Partial<ReturnType<typeof payloadOf>> = {}) {
  return newEvent(orderCreated, { ...payloadOf(), ...payload }, { source: 'order-api' });
}

function payloadOf() {
  return { order_id: uuidv7(), customer_id: 'c-1', currency: 'EUR', amount_total: 900, items };
}

describe('decide on order.created', () => {
  it('within the limit: confirmed, and says so with the order’s summary', () => {
    const event = created();
    const decision = decide(undefined, event, limits);
    expect(decision?.order).toEqual({
      ...event.payload,
      status: 'confirmed',
      contact: undefined,
      created_at: event.timestamp,
      updated_at: event.timestamp,
    });
    expect(decision?.emits).toEqual([
      expect.objectContaining({
        contract: orderConfirmed,
        cause: event,
        payload: {
          order_id: event.payload.order_id,
          customer_id: 'c-1',
          currency: 'EUR',
          amount_total: 900,
          item_count: 1,
        },
      }),
    ]);
  });

  it.each([
    [100_000_000, 'EUR', 'confirmed'],
    [100_000_001, 'EUR', 'rejected'],
    [1_000, 'JPY', 'confirmed'],
    [1_001, 'JPY', 'rejected'],
    [0, 'EUR', 'confirmed'],
  ])('a total of %d %s: %s', (amount_total, currency, status) => {
    expect(decide(undefined, created({ amount_total, currency }), limits)?.order.status).toBe(status);
  });

  it('above the limit: rejected with a reason for programs and people', () => {
    const decision = decide(undefined, created({ amount_total: 100_000_001 }), limits);
    expect(decision?.emits[0]?.contract).toBe(orderRejected);
    expect(decision?.emits[0]?.payload).toMatchObject({ reason: { code: 'amount_limit_exceeded' } });
  });

  it('contact given: carried on to the ruling', () => {
    const decision = decide(undefined, created({ contact: { email: 'a@example.com' } } as object), limits);
    expect(decision?.emits[0]?.payload).toMatchObject({ contact: { email: 'a@example.com' } });
  });

  it('the same order again: nothing changes, nothing is said', () => {
    const event = created();
    const { order } = decide(undefined, event, limits) ?? {};
    expect(decide(order, event, limits)).toBeUndefined();
    expect(
      decide({ ...order, status: 'paid' } as typeof order, created(event.payload), limits),
    ).toBeUndefined();
  });

  it.each([
    ['customer', { customer_id: 'c-2' }],
    ['currency', { currency: 'USD' }],
    ['total', { amount_total: 901 }],
    ['items', { items: [{ sku: 'tea', quantity: 1, unit_amount: 900 }] }],
    ['number of items', { items: [...items, { sku: 'cup', quantity: 1, unit_amount: 0 }] }],
  ])('another order under the same id (%s): a conflict', (_, other) => {
    const event = created();
    const { order } = decide(undefined, event, limits) ?? {};
    const conflicting = created({ ...event.payload, ...other });
    expect(() => decide(order, conflicting, limits)).toThrow(
      expect.objectContaining({ code: 'conflict' }) as PermanentError,
    );
  });
});
