/** How to reach a customer who registered. */
export interface Customer {
  readonly email: string | null;
  readonly phone: string | null;
  readonly name: string | null;
  readonly locale: string | null;
}

/** Whom to tell of an order, and how it stands, as its own events said. */
export interface KnownOrder {
  readonly customer_id: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly status: OrderStatus;
}

export type OrderStatus = 'confirmed' | 'rejected' | 'paid' | 'cancelled';

/** What is known of those that a batch of events speaks of, by their ids. */
export interface People {
  readonly customers: ReadonlyMap<string, Customer>;
  readonly orders: ReadonlyMap<string, KnownOrder>;
}

export interface Registration extends Customer {
  readonly customer_id: string;
  /** RFC 3339. */
  readonly registered_at: string;
}

export interface OrderNews extends KnownOrder {
  readonly order_id: string;
  /** RFC 3339. */
  readonly updated_at: string;
}
