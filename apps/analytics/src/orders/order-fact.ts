import type {
  EventOf,
  orderCancelled,
  orderConfirmed,
  orderCreated,
  orderPaid,
  orderRejected,
  PayloadOf,
} from '@orderstream/events';

export type OrderCreated = EventOf<typeof orderCreated>;

/** The events that say something about an order's way. */
export type OrderEvent =
  | OrderCreated
  | EventOf<typeof orderConfirmed>
  | EventOf<typeof orderRejected>
  | EventOf<typeof orderPaid>
  | EventOf<typeof orderCancelled>;

/** What an order is about, as any of its events tells it. Amounts are minor units of `currency`. */
export interface OrderContent {
  readonly customer_id: string;
  readonly currency: string;
  readonly amount_total: number;
  readonly item_count: number;
  /** Empty where only later events of the order are known, which do not repeat the items. */
  readonly items: PayloadOf<typeof orderCreated>['items'];
}

/** The times at which an order took its steps, named as the columns; RFC 3339, null for a step not known of. */
export interface OrderSteps {
  created_at: string | null;
  confirmed_at: string | null;
  rejected_at: string | null;
  paid_at: string | null;
  cancelled_at: string | null;
}

/** What some events, taken together, say about one order. */
export interface OrderFact extends OrderContent, OrderSteps {
  readonly order_id: string;
}
