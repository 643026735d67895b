import type { EventOf, PayloadOf, paymentFailed, paymentProcessed } from '@orderstream/events';

/** Why money that came did not pay its order: for people to look at. */
export type PaymentFlag = 'payment_mismatch' | 'already_paid' | 'order_not_payable';

export type PaymentEvent = EventOf<typeof paymentProcessed | typeof paymentFailed>;

type Reported = PayloadOf<typeof paymentProcessed>;

/** A payment as the worker keeps it. Amounts are minor units of `currency`. */
export interface Payment extends Readonly<Reported> {
  readonly outcome: 'succeeded' | 'failed';
  readonly failure_code: string | undefined;
  /** Undefined when it paid, failed or waits. */
  readonly flag: PaymentFlag | undefined;
  /** The event that reported it. */
  readonly event_id: string;
  /** RFC 3339; when that event says it happened. */
  readonly reported_at: string;
  /** Set while its order has not come. */
  readonly waiting: WaitingPayment | undefined;
}

/** What a payment that is ahead of its order needs later, to be ruled on as if it came then. */
export interface WaitingPayment {
  readonly event: EventOf<typeof paymentProcessed>;
  readonly traceparent: string | undefined;
}
