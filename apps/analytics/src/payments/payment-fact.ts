import type { EventOf, paymentFailed, paymentProcessed } from '@orderstream/events';

export type PaymentEvent = EventOf<typeof paymentProcessed> | EventOf<typeof paymentFailed>;

/** What an event says about a payment, named as the columns. The amount is in minor units. */
export interface PaymentFact {
  readonly payment_id: string;
  readonly outcome: 'succeeded' | 'failed';
  readonly order_id: string;
  readonly currency: string;
  readonly amount: number;
  readonly method: string;
  readonly failure_code: string | null;
  /** RFC 3339. */
  readonly occurred_at: string;
}

export function paymentFactOf(event: PaymentEvent): PaymentFact {
  const { payment_id, order_id, currency, amount, method } = event.payload;
  const payment = { payment_id, order_id, currency, amount, method, occurred_at: event.timestamp };
  return event.event_type === 'payment.failed'
    ? { ...payment, outcome: 'failed', failure_code: event.payload.failure_code }
    : { ...payment, outcome: 'succeeded', failure_code: null };
}
