import {
  orderCancellationRefused,
  orderCancelled,
  orderConfirmed,
  orderPaid,
  orderRejected,
  uuidv7,
  type PermanentError,
} from '@orderstream/events';
import type { Order, OrderStatus } from '../../src/orders/order.ts';
import { decide, type Decision, type OrderEvent } from '../../src/orders/order.rules.ts';
import { cancellation, created, paid } from '../support/events.ts';

const limits = { default: 100_000_000, byCurrency: { JPY: 1_000 } };
const order_id = uuidv7();
const contact = { email: 'a@example.com' };
const creation = created({ order_id, contact });
const request = cancellation(order_id, 'Ordered twice.');
const summary = {
  order_id,
  customer_id: 'c-1',
  currency: 'EUR',
  amount_total: 900,
  item_count: 1,
  contact,
};

function stored(status: OrderStatus): Order {
  const { order } = decide(undefined, creation, limits);
  return { ...(order as Order), status };
}

/** What a decision comes to, without the order's own content. */
function inShort({ order, emits, flag, refusal, waits }: Decision) {
  return {
    status: order?.status,
    emits: emits.map(({ contract, payload }) => [contract.type, payload]),
    flag,
    refusal,
    waits,
  };
}

const unchanged = { status: undefined, emits: [], flag: undefined, refusal: undefined, waits: undefined };
const refused = (code: string) => ({
  ...unchanged,
  refusal: code,
  emits: [
    [orderCancellationRefused.type, { order_id, reason: { code, detail: expect.any(String) as unknown } }],
  ],
});
const cancelledNow = {
  ...unchanged,
  status: 'cancelled',
  emits: [[orderCancelled.type, { ...summary, reason: 'Ordered twice.' }]],
};

const fits = paid({ order_id, payment_id: 'p-1' });
const otherAmount = paid({ order_id, amount: 899 });
const otherCurrency = paid({ order_id, currency: 'USD' });

describe('every status and every event', () => {
  it.each<[OrderStatus | undefined, string, OrderEvent, object]>([
    [
      undefined,
      'order.created',
      creation,
      { ...unchanged, status: 'confirmed', emits: [[orderConfirmed.type, summary]] },
    ],
    ['confirmed', 'its order.created', creation, unchanged],
    ['rejected', 'its order.created', creation, unchanged],
    ['paid', 'its order.created', creation, unchanged],
    ['cancelled', 'its order.created', creation, unchanged],

    [undefined, 'a cancellation', request, refused('order_unknown')],
    ['confirmed', 'a cancellation', request, cancelledNow],
    ['rejected', 'a cancellation', request, refused('already_rejected')],
    ['paid', 'a cancellation', request, cancelledNow],
    ['cancelled', 'a cancellation', request, refused('already_cancelled')],

    [undefined, 'a payment', fits, { ...unchanged, waits: true }],
    [
      'confirmed',
      'a payment that fits',
      fits,
      { ...unchanged, status: 'paid', emits: [[orderPaid.type, { ...summary, payment_id: 'p-1' }]] },
    ],
    ['confirmed', 'a payment of another amount', otherAmount, { ...unchanged, flag: 'payment_mismatch' }],
    ['confirmed', 'a payment in another currency', otherCurrency, { ...unchanged, flag: 'payment_mismatch' }],
    ['rejected', 'a payment', fits, { ...unchanged, flag: 'order_not_payable' }],
    ['rejected', 'a payment that would not fit', otherAmount, { ...unchanged, flag: 'order_not_payable' }],
    ['paid', 'a payment', fits, { ...unchanged, flag: 'already_paid' }],
    ['paid', 'a payment that would not fit', otherAmount, { ...unchanged, flag: 'already_paid' }],
    ['cancelled', 'a payment', fits, { ...unchanged, flag: 'order_not_payable' }],
    ['cancelled', 'a payment that would not fit', otherAmount, { ...unchanged, flag: 'order_not_payable' }],
  ])('%s, %s', (status, _, event, expected) => {
    const decision = decide(status && stored(status), event, limits);
    expect(inShort(decision)).toEqual(expected);
    for (const { cause } of decision.emits) expect(cause).toBe(event);
  });

  it('what changes an order: its status and when, and nothing else', () => {
    const { order } = decide(
      stored('confirmed'),
      { ...request, timestamp: '2100-01-01T00:00:00.000Z' },
      limits,
    );
    expect(order).toEqual({ ...stored('cancelled'), updated_at: '2100-01-01T00:00:00.000Z' });
  });

  it('a payment older than its order: updated_at does not go back', () => {
    const { order } = decide(stored('confirmed'), { ...fits, timestamp: '2000-01-01T00:00:00.000Z' }, limits);
    expect(order?.updated_at).toBe(creation.timestamp);
  });
});

describe('decide on order.created', () => {
  it('the order is kept as it was placed', () => {
    const event = created();
    expect(decide(undefined, event, limits).order).toEqual({
      ...event.payload,
      status: 'confirmed',
      contact: undefined,
      created_at: event.timestamp,
      updated_at: event.timestamp,
    });
  });

  it.each([
    [100_000_000, 'EUR', 'confirmed'],
    [100_000_001, 'EUR', 'rejected'],
    [1_000, 'JPY', 'confirmed'],
    [1_001, 'JPY', 'rejected'],
    [0, 'EUR', 'confirmed'],
  ])('a total of %d %s: %s', (amount_total, currency, status) => {
    expect(decide(undefined, created({ amount_total, currency }), limits).order?.status).toBe(status);
  });

  it('above the limit: rejected with a reason for programs and people', () => {
    const [emission] = decide(undefined, created({ amount_total: 100_000_001 }), limits).emits;
    expect(emission?.contract).toBe(orderRejected);
    expect(emission?.payload).toMatchObject({ reason: { code: 'amount_limit_exceeded' } });
  });

  it.each([
    ['customer', { customer_id: 'c-2' }],
    ['currency', { currency: 'USD' }],
    ['total', { amount_total: 901 }],
    ['items', { items: [{ sku: 'tea', quantity: 1, unit_amount: 900 }] }],
    ['number of items', { items: [...creation.payload.items, { sku: 'cup', quantity: 1, unit_amount: 0 }] }],
  ])('another order under the same id (%s): a conflict', (_, other) => {
    const event = created({ order_id, ...other });
    expect(() => decide(stored('paid'), event, limits)).toThrow(
      expect.objectContaining({ code: 'conflict', event }) as PermanentError,
    );
  });
});
