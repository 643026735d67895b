import {
  cartItemAdded,
  checkoutStarted,
  newEvent,
  orderCancellationRequested,
  pageViewed,
  paymentFailed,
  paymentProcessed,
  productViewed,
  purchaseCompleted,
  recordOf,
  userRegistered,
  uuidv7,
  type OutgoingRecord,
} from '@orderstream/events';

const SOURCE = { source: 'order-api' } as const;

const paymentOf = (order_id: string, attempt: number) => ({
  ...{ payment_id: `${order_id}-${attempt}`, order_id, amount: 450 },
  ...{ currency: 'EUR' as const, method: 'card' as const },
});

export function failuresOf(orderIds: readonly string[]): OutgoingRecord[] {
  return orderIds.map((id) => {
    const failure = { ...paymentOf(id, 1), failure_code: 'card_declined' };
    return recordOf('payments', id, newEvent(paymentFailed, failure, SOURCE));
  });
}

export function paymentsOf(orderIds: readonly string[]): OutgoingRecord[] {
  return orderIds.map((id) => recordOf('payments', id, newEvent(paymentProcessed, paymentOf(id, 2), SOURCE)));
}

export function cancellationsOf(orderIds: readonly string[]): OutgoingRecord[] {
  return orderIds.map((order_id) =>
    recordOf('orders', order_id, newEvent(orderCancellationRequested, { order_id }, SOURCE)),
  );
}

/** Each registers, and once more from another address. */
export function registrationsOf(userIds: readonly string[]): OutgoingRecord[] {
  return userIds.flatMap((user_id) =>
    [`${user_id}@example.com`, `${user_id}@example.org`].map((email) => {
      const user = { user_id, email, name: user_id, phone: '+4915112345678' };
      return recordOf('users', user_id, newEvent(userRegistered, user, SOURCE));
    }),
  );
}

/** Visits that go all the way to a purchase. */
export function visits(count: number): OutgoingRecord[] {
  return Array.from({ length: count }, (_, index) => `s_${index}`).flatMap((session_id) => {
    const tea = { sku: 'tea', unit_amount: 450, currency: 'EUR' as const };
    const bought = { amount: 450, currency: 'EUR' as const };
    return [
      newEvent(pageViewed, { session_id, properties: { url: 'https://shop.example/' } }, SOURCE),
      newEvent(productViewed, { session_id, properties: tea }, SOURCE),
      newEvent(cartItemAdded, { session_id, properties: { ...tea, quantity: 1 } }, SOURCE),
      newEvent(checkoutStarted, { session_id, properties: { ...bought, item_count: 1 } }, SOURCE),
      newEvent(purchaseCompleted, { session_id, properties: { ...bought, order_id: uuidv7() } }, SOURCE),
    ].map((event) => recordOf('web-events', session_id, event));
  });
}
