import { Inject, Injectable } from '@nestjs/common';
import { orderCancellationRequested, orderCreated, type Emission, type EventOf } from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { AMOUNT_LIMITS } from './amount-limits.ts';
import { CancellationStore, type Cancellation } from './cancellation-store.ts';
import { OrderStore } from './order-store.ts';
import type { Order } from './order.ts';
import { decide, type AmountLimits, type Decision } from './order.rules.ts';
import { PaymentStore } from './payment-store.ts';
import type { PaymentFlag } from './payment.ts';
import { Rulings } from './rulings.ts';

type OrderLogEvent = EventOf<typeof orderCreated | typeof orderCancellationRequested>;

/** Rules on every order and every request to cancel one, once: load what the batch touches, decide event by event, store. */
@Injectable()
export class ProcessOrders {
  constructor(
    @Inject(OrderStore) private readonly orders: OrderStore,
    @Inject(CancellationStore) private readonly cancellations: CancellationStore,
    @Inject(PaymentStore) private readonly payments: PaymentStore,
    @Inject(AMOUNT_LIMITS) private readonly limits: AmountLimits,
  ) {}

  /**
   * Events of one order come in their order, also within the batch. A repeated event changes nothing and says nothing. A payment that
   * waited for its order is ruled on right behind order.created.
   */
  @OnEvents('worker', orderCreated, orderCancellationRequested)
  async apply(events: OrderLogEvent[], tx: Transaction): Promise<Emission[]> {
    const [orders, ruledBefore] = await Promise.all([
      this.orders.load(tx, orderIdsOf(events)),
      this.cancellations.known(tx, requestIdsOf(events)),
    ]);
    const creations = decideOnNew(events, orders, this.limits);
    const added = [...creations.values()].map(({ order }) => order as Order);
    // In this order: once the orders are added no payment can begin to wait for one, and those that do are seen.
    const [, waiting] = await Promise.all([
      this.orders.add(tx, added),
      this.payments.waitingFor(tx, idsOf(added)),
    ]);
    const rulings = new Rulings(orders, this.limits);
    const cancellations: Cancellation[] = [];
    const flags = new Map<string, PaymentFlag | undefined>();
    for (const event of events) {
      const creation = creations.get(event);
      if (creation !== undefined) {
        rulings.take(creation);
        for (const payment of waiting.get(event.payload.order_id) ?? []) {
          flags.set(payment.event.payload.payment_id, rulings.ruleOnWaiting(payment).flag);
        }
      } else if (event.event_type === 'order.created') {
        rulings.ruleOn(event);
      } else if (!ruledBefore.has(event.event_id)) {
        ruledBefore.add(event.event_id);
        cancellations.push(cancellationOf(event, rulings.ruleOn(event)));
      }
    }
    const isNew = new Set(added);
    const changed = rulings.changed.filter((order) => !isNew.has(order));
    await Promise.all([
      this.orders.update(tx, changed),
      this.cancellations.add(tx, cancellations),
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

function cancellationOf(
  { event_id, payload, timestamp }: OrderLogEvent,
  { refusal }: Decision,
): Cancellation {
  return { event_id, order_id: payload.order_id, refusal, requested_at: timestamp };
}

function orderIdsOf(events: readonly OrderLogEvent[]): string[] {
  return events.map(({ payload }) => payload.order_id);
}

function requestIdsOf(events: readonly OrderLogEvent[]): string[] {
  return events
    .filter(({ event_type }) => event_type === 'order.cancellation_requested')
    .map(({ event_id }) => event_id);
}

function idsOf(orders: readonly Order[]): string[] {
  return orders.map(({ order_id }) => order_id);
}
