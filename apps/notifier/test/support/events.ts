import {
  fraudSuspected,
  newEvent,
  orderCancelled,
  orderPaid,
  orderRejected,
  paymentFailed,
  userRegistered,
  uuidv7,
  type EventOf,
  type PayloadOf,
} from '@orderstream/events';

interface Contact {
  readonly email?: string;
  readonly phone?: string;
}

const summary = (order_id: string, contact: Contact | undefined) => ({
  order_id,
  customer_id: 'c-1',
  currency: 'EUR',
  amount_total: 1_999,
  item_count: 2,
  ...(contact === undefined ? {} : { contact }),
});

export function rejection(order_id: string, contact?: Contact): EventOf<typeof orderRejected> {
  const reason = { code: 'amount_limit_exceeded', detail: 'above the limit' };
  return newEvent(orderRejected, { ...summary(order_id, contact), reason }, { source: 'worker' });
}

export function cancellation(order_id: string, contact?: Contact): EventOf<typeof orderCancelled> {
  return newEvent(orderCancelled, { ...summary(order_id, contact), reason: 'Twice' }, { source: 'worker' });
}

export function paid(order_id: string, contact?: Contact): EventOf<typeof orderPaid> {
  return newEvent(orderPaid, { ...summary(order_id, contact), payment_id: 'p-1' }, { source: 'worker' });
}

export function failure(order_id: string, payment_id: string = uuidv7()): EventOf<typeof paymentFailed> {
  const payload = { payment_id, order_id, currency: 'EUR', amount: 1_999, method: 'card' as const };
  return newEvent(paymentFailed, { ...payload, failure_code: 'card_declined' }, { source: 'order-api' });
}

export function registration(
  details: Partial<PayloadOf<typeof userRegistered>> = {},
  timestamp = new Date().toISOString(),
): EventOf<typeof userRegistered> {
  const payload = { user_id: 'c-1', email: 'registered@example.com', name: 'Ada Lovelace', ...details };
  return newEvent(userRegistered, payload, { source: 'order-api', timestamp });
}

export function suspicion(): EventOf<typeof fraudSuspected> {
  const window = { start: '2026-06-13T10:00:00.000Z', end: '2026-06-13T10:01:00.000Z' };
  const found = { subject_type: 'customer', subject_id: 'c-1', rule: 'order_velocity', score: 0.9 };
  return newEvent(fraudSuspected, { ...found, window, evidence: { orders: 14 } }, { source: 'analytics' });
}
