import {
  emit,
  orderConfirmed,
  orderRejected,
  PermanentError,
  type Emission,
  type EventOf,
  type orderCreated,
} from '@orderstream/events';
import type { Order } from './order.ts';

/** Largest total of an order, in minor units, by ISO 4217 code. */
export interface AmountLimits {
  readonly default: number;
  readonly byCurrency: Readonly<Record<string, number>>;
}

/** What an event does to its order. */
export interface Decision {
  readonly order: Order;
  readonly emits: readonly Emission[];
}

type OrderCreated = EventOf<typeof orderCreated>;

/**
 * Rules on one event, given the order as it stands; undefined means that nothing changes. Pure: what it decides depends on its
 * arguments alone, so a batch that is tried again decides the same.
 * @throws PermanentError `conflict` when the order id is taken by another order
 */
export function decide(
  order: Order | undefined,
  event: OrderCreated,
  limits: AmountLimits,
): Decision | undefined {
  return order === undefined ? ruleOn(event, limits) : sameOrder(order, event);
}

function ruleOn(event: OrderCreated, limits: AmountLimits): Decision {
  const { order_id, customer_id, currency, amount_total, items, contact } = event.payload;
  const limit = limits.byCurrency[currency] ?? limits.default;
  const isWithinLimit = amount_total <= limit;
  const order: Order = {
    order_id,
    customer_id,
    status: isWithinLimit ? 'confirmed' : 'rejected',
    currency,
    amount_total,
    items,
    contact,
    created_at: event.timestamp,
    updated_at: event.timestamp,
  };
  const summary = {
    order_id,
    customer_id,
    currency,
    amount_total,
    item_count: items.length,
    ...(contact === undefined ? {} : { contact }),
  };
  if (isWithinLimit) return { order, emits: [emit(orderConfirmed, summary, event)] };
  const detail = `The total of ${amount_total} exceeds the limit of ${limit} minor units of ${currency}.`;
  const reason = { code: 'amount_limit_exceeded', detail };
  return { order, emits: [emit(orderRejected, { ...summary, reason }, event)] };
}

/** The order is known: a record that was sent twice changes nothing, another order under its id is a conflict. */
function sameOrder(order: Order, event: OrderCreated): undefined {
  const { payload } = event;
  const isSame =
    order.customer_id === payload.customer_id &&
    order.currency === payload.currency &&
    order.amount_total === payload.amount_total &&
    order.items.length === payload.items.length &&
    order.items.every((item, index) => {
      const other = payload.items[index];
      return (
        item.sku === other?.sku && item.quantity === other.quantity && item.unit_amount === other.unit_amount
      );
    });
  if (!isSame) {
    throw new PermanentError('conflict', 'another order has this order_id; the first one stays', { event });
  }
}
