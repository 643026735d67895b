import {
  emit,
  orderCancellationRefused,
  orderCancelled,
  orderConfirmed,
  orderPaid,
  orderRejected,
  PermanentError,
  type Emission,
  type EventOf,
  type orderCancellationRequested,
  type orderCreated,
  type paymentProcessed,
} from '@orderstream/events';
import type { Order, OrderStatus } from './order.ts';
import type { PaymentFlag } from './payment.ts';

/** Largest total of an order, in minor units, by ISO 4217 code. */
export interface AmountLimits {
  readonly default: number;
  readonly byCurrency: Readonly<Record<string, number>>;
}

/** What an event does to its order. */
export interface Decision {
  /** The order from now on; undefined: as it was. */
  readonly order?: Order;
  readonly emits: readonly Emission[];
  /** Why the payment did not pay. */
  readonly flag?: PaymentFlag;
  /** Code of the reason that a request was refused for. */
  readonly refusal?: string;
  /** True for a payment that is ahead of its order. */
  readonly waits?: true;
}

type OrderCreated = EventOf<typeof orderCreated>;
type CancellationRequested = EventOf<typeof orderCancellationRequested>;
type PaymentProcessed = EventOf<typeof paymentProcessed>;
export type OrderEvent = OrderCreated | CancellationRequested | PaymentProcessed;

const NOTHING: Decision = { emits: [] };

/**
 * The order's state machine: `accepted → confirmed | rejected`, `confirmed → paid | cancelled`, `paid → cancelled`. Rules on one
 * event, given the order as it stands, undefined when its order.created has not come. An event of payments or cancellations that was
 * ruled on before is not for it: their tables know them. Pure: what it decides depends on its
 * arguments alone, so a batch that is tried again decides the same.
 * @throws PermanentError `conflict` when the order id is taken by another order
 */
export function decide(order: Order | undefined, event: OrderEvent, limits: AmountLimits): Decision {
  switch (event.event_type) {
    case 'order.created':
      return order === undefined ? ruleOn(event, limits) : sameOrder(order, event);
    case 'order.cancellation_requested':
      return cancel(order, event);
    case 'payment.processed':
      return pay(order, event);
  }
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
  if (isWithinLimit) return { order, emits: [emit(orderConfirmed, summaryOf(order), event)] };
  const detail = `The total of ${amount_total} exceeds the limit of ${limit} minor units of ${currency}.`;
  const reason = { code: 'amount_limit_exceeded', detail };
  return { order, emits: [emit(orderRejected, { ...summaryOf(order), reason }, event)] };
}

/** The order is known: a record that was sent twice changes nothing, another order under its id is a conflict. */
function sameOrder(order: Order, event: OrderCreated): Decision {
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
  if (isSame) return NOTHING;
  throw new PermanentError('conflict', 'another order has this order_id; the first one stays', { event });
}

/**
 * The log keeps a request behind its order, so that one without an order was made by hand, or the order was discarded. It is
 * refused like any other: as a dead letter it would hold up an order that may yet come.
 */
function cancel(order: Order | undefined, event: CancellationRequested): Decision {
  switch (order?.status) {
    case undefined:
      return refuse(event, 'order_unknown', 'There is no such order.');
    case 'rejected':
      return refuse(event, 'already_rejected', 'A rejected order cannot be cancelled.');
    case 'cancelled':
      return refuse(event, 'already_cancelled', 'The order is cancelled already.');
    case 'confirmed':
    case 'paid': {
      const cancelled = changed(order, event, 'cancelled');
      const { reason } = event.payload;
      const because = reason === undefined ? undefined : { reason };
      return { order: cancelled, emits: [emit(orderCancelled, { ...summaryOf(order), ...because }, event)] };
    }
  }
}

/** The first payment that fits pays; all others are for people to look at. */
function pay(order: Order | undefined, event: PaymentProcessed): Decision {
  switch (order?.status) {
    case undefined:
      return { emits: [], waits: true };
    case 'rejected':
    case 'cancelled':
      return { emits: [], flag: 'order_not_payable' };
    case 'paid':
      return { emits: [], flag: 'already_paid' };
    case 'confirmed': {
      const { payment_id, currency, amount } = event.payload;
      if (currency !== order.currency || amount !== order.amount_total) {
        return { emits: [], flag: 'payment_mismatch' };
      }
      const paid = changed(order, event, 'paid');
      return { order: paid, emits: [emit(orderPaid, { ...summaryOf(order), payment_id }, event)] };
    }
  }
}

function refuse(event: CancellationRequested, code: string, detail: string): Decision {
  const { order_id } = event.payload;
  const emits = [emit(orderCancellationRefused, { order_id, reason: { code, detail } }, event)];
  return { emits, refusal: code };
}

/** A payment that waited is older than its order. */
function changed(order: Order, { timestamp }: OrderEvent, status: OrderStatus): Order {
  const isLater = Date.parse(timestamp) > Date.parse(order.updated_at);
  return { ...order, status, updated_at: isLater ? timestamp : order.updated_at };
}

/** What every ruling repeats of its order. */
function summaryOf({ order_id, customer_id, currency, amount_total, items, contact }: Order) {
  return {
    order_id,
    customer_id,
    currency,
    amount_total,
    item_count: items.length,
    ...(contact === undefined ? undefined : { contact }),
  };
}
