/**
 * What the dashboard shows, as `GET /v1/dashboard` and the stream's `snapshot` events carry it. Times are RFC 3339 in UTC. Sums of
 * money are texts, because they outgrow what a JSON number keeps exact; a single order's amount never does.
 */
export interface DashboardSnapshot {
  /** When this was so, by the database's clock. */
  readonly as_of: string;
  /** False while the answering instance takes no events: Kafka is away, or something holds its partitions up. */
  readonly receiving: boolean;
  readonly time_zone: string;
  readonly today: {
    /** Midnight in `time_zone`. */
    readonly since: string;
    readonly orders: OrderCounts;
    /** Busiest currency first. */
    readonly revenue: readonly CurrencyRevenue[];
  };
  /** The last 60 minutes, oldest first, the current one included; minutes in which nothing happened are left out. */
  readonly minutes: readonly ({ readonly minute: string } & OrderCounts)[];
  /** The newest orders, newest first. */
  readonly latest_orders: readonly LatestOrder[];
}

/** How many orders took each step; a step counts when it happened, whenever the order was placed. */
export interface OrderCounts {
  readonly created: number;
  readonly confirmed: number;
  readonly rejected: number;
  readonly paid: number;
  readonly cancelled: number;
}

export interface CurrencyRevenue {
  readonly currency: string;
  /** Decimals of the currency (ISO 4217): amounts count units of 10^-minor_unit_digits. */
  readonly minor_unit_digits: number;
  readonly amount_created: string;
  readonly amount_confirmed: string;
  readonly amount_paid: string;
}

export interface LatestOrder {
  readonly order_id: string;
  readonly ordered_at: string;
  readonly customer_id: string;
  readonly item_count: number;
  readonly currency: string;
  readonly minor_unit_digits: number;
  readonly amount_total: number;
  readonly status: OrderStatus;
}

export type OrderStatus = 'accepted' | 'confirmed' | 'rejected' | 'paid' | 'cancelled';

/** The stream's `current` event: the last snapshot still holds. */
export interface StillCurrent {
  readonly as_of: string;
  readonly receiving: boolean;
}

/** The stream's `trouble` event: what keeps the figures from being current, until the next of the other two. */
export interface Trouble {
  readonly detail: string;
}
