import type {
  EventOf,
  PayloadOf,
  orderCancellationRefused,
  orderCancellationRequested,
  orderCancelled,
  orderConfirmed,
  orderCreated,
  orderPaid,
  orderRejected,
} from '@orderstream/events';

export const ORDER_STATUSES = ['accepted', 'confirmed', 'rejected', 'paid', 'cancelled'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Every event that is a step of an order. */
export type OrderEvent = EventOf<
  | typeof orderCreated
  | typeof orderConfirmed
  | typeof orderRejected
  | typeof orderPaid
  | typeof orderCancelled
  | typeof orderCancellationRequested
  | typeof orderCancellationRefused
>;

/** What order.created says of an order. Amounts are minor units of `currency`. */
export interface OrderContent {
  readonly customer_id: string;
  readonly currency: string;
  readonly amount_total: number;
  readonly items: PayloadOf<typeof orderCreated>['items'];
  /** RFC 3339; when the customer ordered. */
  readonly created_at: string;
}

/** An order as the read model keeps it. */
export interface ProjectedOrder {
  readonly order_id: string;
  readonly status: OrderStatus;
  /** RFC 3339; the timestamp of the latest event that changed it. */
  readonly updated_at: string;
  /** Undefined while order.created has not arrived. */
  readonly content: OrderContent | undefined;
}
