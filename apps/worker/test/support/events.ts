import {
  newEvent,
  orderCancellationRequested,
  orderCreated,
  paymentFailed,
  paymentProcessed,
  uuidv7,
  type EventOf,
  type PayloadOf,
} from '@orderstream/events';

const source = 'order-api';

/** An order over 9 EUR. */
export function created(payload: Partial<PayloadOf<typeof orderCreated>> = {}): EventOf<typeof orderCreated> {
  const items = [{ sku: 'tea', quantity: 2, unit_amount: 450 }];
  const order = { order_id: uuidv7(), customer_id: 'c-1', currency: 'EUR', amount_total: 900, items };
  return newEvent(orderCreated, { ...order, ...payload }, { source });
}

/** 9 EUR. */
export function paid(
  payload: Partial<PayloadOf<typeof paymentProcessed>> & { order_id: string },
): EventOf<typeof paymentProcessed> {
  return newEvent(paymentProcessed, { ...paymentDefaults(), ...payload }, { source });
}

export function failed(
  payload: Partial<PayloadOf<typeof paymentFailed>> & { order_id: string },
): EventOf<typeof paymentFailed> {
  const payment = { ...paymentDefaults(), failure_code: 'card_declined', ...payload };
  return newEvent(paymentFailed, payment, { source });
}

export function cancellation(order_id: string, reason?: string): EventOf<typeof orderCancellationRequested> {
  const payload = { order_id, ...(reason === undefined ? undefined : { reason }) };
  return newEvent(orderCancellationRequested, payload, { source });
}

function paymentDefaults() {
  return { payment_id: `p-${uuidv7()}`, currency: 'EUR', amount: 900, method: 'card' } as const;
}
