import { Inject, Injectable } from '@nestjs/common';
import {
  paymentFailed,
  paymentProcessed,
  PermanentError,
  traceparentOf,
  type Emission,
} from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { AMOUNT_LIMITS } from './amount-limits.ts';
import { OrderStore } from './order-store.ts';
import type { AmountLimits } from './order.rules.ts';
import { PaymentStore } from './payment-store.ts';
import type { Payment, PaymentEvent } from './payment.ts';
import { isSamePayment, nameOf, paymentOf } from './payment.rules.ts';
import { Rulings } from './rulings.ts';

/** Keeps every payment, and has the first one that fits pay its order. */
@Injectable()
export class ProcessPayments {
  constructor(
    @Inject(OrderStore) private readonly orders: OrderStore,
    @Inject(PaymentStore) private readonly payments: PaymentStore,
    @Inject(AMOUNT_LIMITS) private readonly limits: AmountLimits,
  ) {}

  /**
   * Payments of one order come in their order. One that is repeated changes nothing, whatever its event id. One that is ahead of its
   * order is kept until ProcessOrders finds it; both may run at the same time for the same order.
   */
  @OnEvents('worker', paymentProcessed, paymentFailed)
  async apply(events: PaymentEvent[], tx: Transaction): Promise<Emission[]> {
    const [known, orders] = await Promise.all([
      this.payments.load(
        tx,
        events.map(({ payload }) => payload.payment_id),
      ),
      this.orders.load(tx, orderIdsOf(events)),
    ]);
    const reported = newPayments(events, known);
    const missing = orderIdsOf([...reported.keys()]).filter((id) => !orders.has(id));
    for (const [id, order] of await this.orders.loadOrReserve(tx, missing)) orders.set(id, order);
    const rulings = new Rulings(orders, this.limits);
    const ruled = [...reported].map(([event, payment]) => ruleOn(event, payment, rulings));
    await Promise.all([this.payments.add(tx, ruled), this.orders.update(tx, rulings.changed)]);
    return rulings.emissions;
  }
}

/** A payment that failed does nothing to its order: another attempt may follow. */
function ruleOn(event: PaymentEvent, payment: Payment, rulings: Rulings): Payment {
  if (event.event_type === 'payment.failed') return payment;
  const { flag, waits } = rulings.ruleOn(event);
  return { ...payment, flag, waiting: waits && { event, traceparent: traceparentOf(event) } };
}

/** The orders that money came for. */
function orderIdsOf(events: readonly PaymentEvent[]): string[] {
  return events
    .filter(({ event_type }) => event_type === 'payment.processed')
    .map(({ payload }) => payload.order_id);
}

/**
 * What is not known yet, by the event that reports it first.
 * @throws PermanentError `conflict` when a payment id is taken by a payment of another order or sum
 */
function newPayments(
  events: readonly PaymentEvent[],
  known: ReadonlyMap<string, Payment>,
): Map<PaymentEvent, Payment> {
  const payments = new Map(known);
  const reported = new Map<PaymentEvent, Payment>();
  for (const event of events) {
    const payment = paymentOf(event);
    const first = payments.get(nameOf(payment));
    if (first !== undefined && !isSamePayment(first, payment)) {
      throw new PermanentError('conflict', 'another payment has this payment_id; the first one stays', {
        event,
      });
    }
    if (first !== undefined) continue;
    payments.set(nameOf(payment), payment);
    reported.set(event, payment);
  }
  return reported;
}
