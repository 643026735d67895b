import type { Payment, PaymentEvent } from './payment.ts';

/** The payment that an event reports, before it is ruled on. */
export function paymentOf(event: PaymentEvent): Payment {
  const { payment_id, order_id, currency, amount, method } = event.payload;
  const hasFailed = event.event_type === 'payment.failed';
  return {
    payment_id,
    order_id,
    currency,
    amount,
    method,
    outcome: hasFailed ? 'failed' : 'succeeded',
    failure_code: hasFailed ? event.payload.failure_code : undefined,
    flag: undefined,
    event_id: event.event_id,
    reported_at: event.timestamp,
    waiting: undefined,
  };
}

/** True when both report the same, however often and under whatever event ids a provider does so. */
export function isSamePayment(one: Payment, other: Payment): boolean {
  return (
    one.order_id === other.order_id &&
    one.outcome === other.outcome &&
    one.currency === other.currency &&
    one.amount === other.amount &&
    one.method === other.method &&
    one.failure_code === other.failure_code
  );
}
