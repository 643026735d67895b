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

/** What a payment is known by. A provider keeps one id for all attempts at one payment: it may fail, and succeed later. */
export function nameOf({ payment_id, outcome }: Pick<Payment, 'payment_id' | 'outcome'>): string {
  return `${payment_id} ${outcome}`;
}

/**
 * True when both report the same, however often and under whatever event ids a provider does so. Another attempt that fails too, for
 * whatever reason, says nothing new.
 */
export function isSamePayment(one: Payment, other: Payment): boolean {
  return (
    one.order_id === other.order_id &&
    one.outcome === other.outcome &&
    one.currency === other.currency &&
    one.amount === other.amount
  );
}
