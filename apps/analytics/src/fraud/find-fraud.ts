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
    const [, added, failed] = await Promise.all([
      detectAlone(tx),
      this.orders.add(tx, events.map(suspectOrderOf)),
      this.payments.takeKnown(tx, orderIdsOf(events)),
    ]);
    // What is known was judged when it was news.
    const news = events.filter(({ payload }) => added.delete(payload.order_id));
    if (news.length < events.length) await this.#requireSame(events, tx);
    const traces = new Map(news.map((event) => [event, tracesOf(event.payload.contact)]));
    const marks = [
      ...news.flatMap((event) => marksOfOrder(event, traces.get(event) ?? [])),
      ...failed.map(markOfPayment),
    ];
    const orders = news.map(suspectOrderOf);
    const { bursts, outlier } = this.settings;
    const [others, around, inHistory] = await Promise.all([
      this.marks.addAndLookAround(tx, marks),
      this.orders.around(tx, orders, bursts.order_velocity),
      this.orders.inHistory(tx, orders, outlier),
    ]);
    const contacts = new Map([...traces.values()].flat().map((trace) => [trace.key, trace]));
    const found = [
      ...suspicionsIn([...around, ...others], bursts, contacts),
      ...inHistory.flatMap((order) => amountOutlier(order, outlier) ?? []),
    ];
    return this.suspicions.raise(tx, found, causesIn(news, traces));
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

/** The latest order of each customer and contact. */
function causesIn(
  events: readonly OrderCreated[],
  traces: ReadonlyMap<OrderCreated, readonly ContactTrace[]>,
): Map<string, OrderCreated> {
  return new Map(
    events.flatMap((event) =>
      [event.payload.customer_id, ...(traces.get(event) ?? []).map(({ key }) => key)].map(
        (subject) => [subject, event] as const,
      ),
    ),
  );
}

function suspectOrderOf({ payload, timestamp }: OrderCreated): SuspectOrder {
  const { order_id, customer_id, currency, amount_total } = payload;
  return { order_id, customer_id, currency, amount: amount_total, created_at: timestamp };
}

function orderIdsOf(events: readonly (OrderCreated | PaymentFailed)[]): string[] {
  return [...new Set(events.map(({ payload }) => payload.order_id))];
}
