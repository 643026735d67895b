import { Inject, Injectable } from '@nestjs/common';
import {
  orderCreated,
  paymentFailed,
  PermanentError,
  type Emission,
  type EventOf,
} from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { amountOutlier } from './amount-outlier.rules.ts';
import { suspicionsIn } from './burst-suspicion.rules.ts';
import { tracesOf, type ContactTrace } from './contact.rules.ts';
import { detectAlone } from './detection-lock.ts';
import { FailedPaymentStore } from './failed-payment-store.ts';
import { FRAUD_SETTINGS, type FraudSettings } from './fraud-settings.ts';
import { MarkStore } from './mark-store.ts';
import { markOfPayment, marksOfOrder } from './marks.rules.ts';
import { RaiseSuspicions } from './raise-suspicions.ts';
import { SuspectOrderStore, type SuspectOrder } from './suspect-order-store.ts';

type OrderCreated = EventOf<typeof orderCreated>;
type PaymentFailed = EventOf<typeof paymentFailed>;

/**
 * Looks for fraud in orders and failed payments: keep what the rules look at, look around what is new, judge, raise what is news. What
 * counts is when things happened; batches may come late, again, and in any order.
 */
@Injectable()
export class FindFraud {
  constructor(
    @Inject(FRAUD_SETTINGS) private readonly settings: FraudSettings,
    @Inject(SuspectOrderStore) private readonly orders: SuspectOrderStore,
    @Inject(FailedPaymentStore) private readonly payments: FailedPaymentStore,
    @Inject(MarkStore) private readonly marks: MarkStore,
    @Inject(RaiseSuspicions) private readonly suspicions: RaiseSuspicions,
  ) {}

  /**
   * Payments that failed before their order was known count from now on.
   * @throws PermanentError `conflict` when an order.created tells another order than the one known under its id
   */
  @OnEvents('fraud', orderCreated)
  async applyOrders(events: OrderCreated[], tx: Transaction): Promise<Emission[]> {
    const orders = events.map(suspectOrderOf);
    const contacts = new Map<string, ContactTrace>();
    const marks = events.flatMap((event) => {
      const traces = tracesOf(event.payload.contact);
      for (const trace of traces) contacts.set(trace.key, trace);
      return marksOfOrder(event, traces);
    });
    const [, added, failed] = await Promise.all([
      detectAlone(tx),
      this.orders.add(tx, orders),
      this.payments.takeKnown(tx, orderIdsOf(events)),
    ]);
    if (added < orders.length) await this.#requireSame(events, tx);
    const [around, inHistory] = await Promise.all([
      this.marks.addAndLookAround(tx, [...marks, ...failed.map(markOfPayment)]),
      this.orders.inHistory(tx, orders, this.settings.outlier),
    ]);
    const outliers = inHistory.flatMap((order) => amountOutlier(order, this.settings.outlier) ?? []);
    const causes = new Map<string, OrderCreated>();
    for (const event of events) {
      causes.set(event.payload.customer_id, event);
      for (const { key } of tracesOf(event.payload.contact)) causes.set(key, event);
    }
    return this.suspicions.raise(
      tx,
      [...suspicionsIn(around, this.settings.bursts, contacts), ...outliers],
      causes,
    );
  }

  /** A payment whose order is not known waits for it. */
  @OnEvents('fraud', paymentFailed)
  async applyPayments(events: PaymentFailed[], tx: Transaction): Promise<Emission[]> {
    const [, , failed] = await Promise.all([
      detectAlone(tx),
      this.payments.add(
        tx,
        events.map(({ payload, timestamp }) => ({ ...payload, failed_at: timestamp })),
      ),
      this.payments.takeKnown(tx, orderIdsOf(events)),
    ]);
    const around = await this.marks.addAndLookAround(tx, failed.map(markOfPayment));
    const byOrder = new Map(events.map((event) => [event.payload.order_id, event]));
    const causes = new Map(failed.map(({ customer_id, order_id }) => [customer_id, byOrder.get(order_id)]));
    return this.suspicions.raise(tx, suspicionsIn(around, this.settings.bursts, new Map()), causes);
  }

  async #requireSame(events: readonly OrderCreated[], tx: Transaction): Promise<void> {
    const known = await this.orders.known(tx, events.map(suspectOrderOf));
    for (const event of events) {
      const { order_id, customer_id, currency, amount_total } = event.payload;
      const first = known.get(order_id);
      if (
        first?.customer_id === customer_id &&
        first.currency === currency &&
        first.amount === amount_total
      ) {
        continue;
      }
      throw new PermanentError('conflict', 'another order has this order_id; the first one stays', { event });
    }
  }
}

function suspectOrderOf({ payload, timestamp }: OrderCreated): SuspectOrder {
  const { order_id, customer_id, currency, amount_total } = payload;
  return { order_id, customer_id, currency, amount: amount_total, created_at: timestamp };
}

function orderIdsOf(events: readonly (OrderCreated | PaymentFailed)[]): string[] {
  return [...new Set(events.map(({ payload }) => payload.order_id))];
}
