import { PermanentError } from '@orderstream/events';
import type { OrderContent, OrderEvent, OrderFact, OrderSteps } from './order-fact.ts';

const STEP_OF: Readonly<Record<OrderEvent['event_type'], keyof OrderSteps>> = {
  'order.created': 'created_at',
  'order.confirmed': 'confirmed_at',
  'order.rejected': 'rejected_at',
  'order.paid': 'paid_at',
  'order.cancelled': 'cancelled_at',
};

/**
 * One fact per order out of events in any order, in the order in which the orders are first mentioned. Of two events that tell the
 * same step the first counts.
 * @throws PermanentError `conflict` when two order.created tell different orders under one id
 */
export function factsOf(events: readonly OrderEvent[]): OrderFact[] {
  const facts = new Map<string, OrderFact>();
  for (const event of events) {
    const { order_id } = event.payload;
    const known = facts.get(order_id);
    const told = contentOf(event);
    if (known !== undefined && event.event_type === 'order.created') {
      requireSameOrder(known, told, () => event);
    }
    const fact = known === undefined ? { order_id, ...NO_STEPS, ...told } : withItems(known, told);
    fact[STEP_OF[event.event_type]] ??= event.timestamp;
    facts.set(order_id, fact);
  }
  return [...facts.values()];
}

/**
 * @param toldBy the event that told it, asked for when it is to blame
 * @throws PermanentError `conflict` when `told` is not the order that `known` is. Items are compared where both have them.
 */
export function requireSameOrder(
  known: OrderContent,
  told: OrderContent,
  toldBy: () => OrderEvent | undefined,
): void {
  const isSame =
    known.customer_id === told.customer_id &&
    known.currency === told.currency &&
    known.amount_total === told.amount_total &&
    known.item_count === told.item_count &&
    (known.items.length === 0 || told.items.every((item, index) => isSameItem(item, known.items[index])));
  if (!isSame) {
    const event = toldBy();
    throw new PermanentError(
      'conflict',
      'another order has this order_id; the first one stays',
      event && { event },
    );
  }
}

const NO_STEPS: OrderSteps = {
  created_at: null,
  confirmed_at: null,
  rejected_at: null,
  paid_at: null,
  cancelled_at: null,
};

function contentOf({ event_type, payload }: OrderEvent): OrderContent {
  const { customer_id, currency, amount_total } = payload;
  const order = { customer_id, currency, amount_total };
  return event_type === 'order.created'
    ? { ...order, item_count: payload.items.length, items: payload.items }
    : { ...order, item_count: payload.item_count, items: [] };
}

function withItems(known: OrderFact, { items }: OrderContent): OrderFact {
  return known.items.length === 0 && items.length > 0 ? { ...known, items } : known;
}

type Item = OrderContent['items'][number];

function isSameItem(one: Item, other: Item | undefined): boolean {
  return one.sku === other?.sku && one.quantity === other.quantity && one.unit_amount === other.unit_amount;
}
