import { Inject, Injectable } from '@nestjs/common';
import { orderCancellationRequested, orderCreated, type Emission, type EventOf } from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { AMOUNT_LIMITS } from './amount-limits.ts';
import { OrderStore } from './order-store.ts';
import type { Order } from './order.ts';
import { decide, type AmountLimits, type Decision } from './order.rules.ts';
import { PaymentStore } from './payment-store.ts';
import type { PaymentFlag } from './payment.ts';
import { Rulings } from './rulings.ts';

type OrderLogEvent = EventOf<typeof orderCreated | typeof orderCancellationRequested>;

/** Rules on every order, once: load what the batch touches, decide event by event, store what changed. */
@Injectable()
export class ProcessOrders {
  constructor(
    @Inject(OrderStore) private readonly orders: OrderStore,
    @Inject(PaymentStore) private readonly payments: PaymentStore,
    @Inject(AMOUNT_LIMITS) private readonly limits: AmountLimits,
  ) {}

  /**
   * Events of one order come in their order, also within the batch. A repeated event changes nothing. A payment that waited for its
   * order is ruled on right behind order.created.
   */
  @OnEvents('worker', orderCreated, orderCancellationRequested)
  async apply(events: OrderLogEvent[], tx: Transaction): Promise<Emission[]> {
    const orders = await this.orders.load(
      tx,
      events.map(({ payload }) => payload.order_id),
    );
    const creations = decideOnNew(events, orders, this.limits);
    const added = new Set([...creations.values()].map(({ order }) => order as Order));
    // In this order: once the orders are added no payment can begin to wait for one, and those that do are seen.
    const [, waiting] = await Promise.all([
      this.orders.add(tx, [...added]),
      this.payments.waitingFor(
        tx,
        [...added].map(({ order_id }) => order_id),
      ),
    ]);
    const rulings = new Rulings(orders, this.limits);
    const flags = new Map<string, PaymentFlag | undefined>();
    for (const event of events) {
      const creation = creations.get(event);
      if (creation === undefined) {
        rulings.ruleOn(event);
        continue;
      }
      rulings.take(creation);
      for (const payment of waiting.get(event.payload.order_id) ?? []) {
        flags.set(payment.event.payload.payment_id, rulings.ruleOnWaiting(payment).flag);
      }
    }
    await Promise.all([
      this.orders.update(
        tx,
        rulings.changed.filter((order) => !added.has(order)),
      ),
      this.payments.settle(tx, flags),
    ]);
    return rulings.emissions;
  }
}

/** What becomes of the orders that are not stored yet, by the event that creates each. */
function decideOnNew(
  events: readonly OrderLogEvent[],
  stored: ReadonlyMap<string, Order>,
  limits: AmountLimits,
): Map<OrderLogEvent, Decision> {
  const decisions = new Map<OrderLogEvent, Decision>();
  const seen = new Set<string>();
  for (const event of events) {
    const { order_id } = event.payload;
    if (event.event_type !== 'order.created' || stored.has(order_id) || seen.has(order_id)) continue;
    seen.add(order_id);
    decisions.set(event, decide(undefined, event, limits));
  }
  return decisions;
}
