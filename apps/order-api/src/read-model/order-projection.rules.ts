import { PermanentError, type EventOf, type orderCreated } from '@orderstream/events';
import type { OrderContent, OrderEvent, OrderStatus, ProjectedOrder } from './order.ts';

/** Where an event takes its order; the others leave the status as it is. */
const STATUS_AFTER: Partial<Record<OrderEvent['event_type'], OrderStatus>> = {
  'order.confirmed': 'confirmed',
  'order.rejected': 'rejected',
  'order.paid': 'paid',
  'order.cancelled': 'cancelled',
};

/** What may still come after each status. A step that was overtaken by a later one is not gone back to. */
const SUCCESSORS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  accepted: ['confirmed', 'rejected', 'paid', 'cancelled'],
  confirmed: ['paid', 'cancelled'],
  paid: ['cancelled'],
  rejected: [],
  cancelled: [],
};

/**
 * The order after one more event; the same object when nothing changes. Events may be repeated and come out of their order: the
 * status only ever moves forward, and an order whose order.created is still missing is kept without content.
 * @throws PermanentError `conflict` when the order id is taken by another order
 */
export function project(order: ProjectedOrder | undefined, event: OrderEvent): ProjectedOrder {
  if (event.event_type === 'order.created') return withContent(order, event);
  const { order_id } = event.payload;
  const known = order ?? { order_id, status: 'accepted', updated_at: event.timestamp, content: undefined };
  const status = STATUS_AFTER[event.event_type];
  if (status === undefined || !SUCCESSORS[known.status].includes(status)) return known;
  return { ...known, status, updated_at: later(known.updated_at, event.timestamp) };
}

function withContent(order: ProjectedOrder | undefined, event: EventOf<typeof orderCreated>): ProjectedOrder {
  const { payload, timestamp } = event;
  const { order_id, customer_id, currency, amount_total, items } = payload;
  const content = { customer_id, currency, amount_total, items, created_at: timestamp };
  if (order === undefined) return { order_id, status: 'accepted', updated_at: timestamp, content };
  if (order.content === undefined) return { ...order, content };
  if (!isSame(order.content, content)) {
    throw new PermanentError('conflict', 'another order has this order_id; the first one stays', { event });
  }
  return order;
}

function isSame(one: OrderContent, other: OrderContent): boolean {
  return (
    one.customer_id === other.customer_id &&
    one.currency === other.currency &&
    one.amount_total === other.amount_total &&
    one.items.length === other.items.length &&
    one.items.every((item, index) => {
      const twin = other.items[index];
      return (
        item.sku === twin?.sku && item.quantity === twin.quantity && item.unit_amount === twin.unit_amount
      );
    })
  );
}

function later(one: string, other: string): string {
  return Date.parse(other) > Date.parse(one) ? other : one;
}
