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
  readonly minutes: readonly MinuteCounts[];
  /** The newest orders, newest first. */
  readonly latest_orders: readonly LatestOrder[];
  /** Null while there is no order to tell it of. */
  readonly latency: Latency | null;
  readonly funnel: Funnel;
  /** What sold most today, most pieces first. */
  readonly top_products: readonly TopProduct[];
  /** The newest suspicions, newest first. */
  readonly fraud: readonly Suspicion[];
  readonly lag: LagReport;
  readonly dead_letters: DeadLetterReport;
}

/** How many orders took each step; a step counts when it happened, whenever the order was placed. */
export interface OrderCounts {
  readonly created: number;
  readonly confirmed: number;
  readonly rejected: number;
  readonly paid: number;
  readonly cancelled: number;
}

export interface MinuteCounts extends OrderCounts {
  readonly minute: string;
  /** Confirmed amount by currency, in minor units. */
  readonly revenue: Readonly<Record<string, string>>;
}

export interface CurrencyRevenue {
  readonly currency: string;
  /** Decimals of the currency (ISO 4217): amounts count units of 10^-minor_unit_digits. */
  readonly minor_unit_digits: number;
  readonly amount_created: string;
  readonly amount_confirmed: string;
  readonly amount_paid: string;
}

export type OrderStatus = 'accepted' | 'confirmed' | 'rejected' | 'paid' | 'cancelled';

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

/** From the acceptance of an order to the worker's ruling, by the events' own times. */
export interface Latency {
  /** How many of the newest orders this is of. */
  readonly orders: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** From an event's time to its commit in the warehouse, as this instance saw it lately; null when it has seen nothing. */
  readonly warehouse: { readonly events: number; readonly p50_ms: number; readonly p99_ms: number } | null;
}

/** Sessions of today that came as far as each step. */
export interface Funnel {
  readonly viewed: number;
  readonly added_to_cart: number;
  readonly began_checkout: number;
  readonly purchased: number;
}

export interface TopProduct {
  readonly sku: string;
  readonly pieces: number;
  /** What they brought, largest share of the pieces first. */
  readonly amounts: readonly {
    readonly currency: string;
    readonly minor_unit_digits: number;
    readonly amount: string;
  }[];
}

export interface Suspicion {
  readonly subject_type: string;
  /** A customer's id; of a contact a hash. */
  readonly subject_id: string;
  readonly rule: string;
  /** 0 to 1. */
  readonly score: number;
  readonly detected_at: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Of the currency that the evidence names, if it does. */
  readonly minor_unit_digits?: number;
}

export type LagVerdict = 'OK' | 'WARN' | 'STALLED' | 'STOPPED';

export interface LagReport {
  /** When the groups were looked at last; null before the first look. */
  readonly checked_at: string | null;
  readonly groups: readonly GroupLag[];
}

/** One group on one topic. */
export interface GroupLag {
  readonly group: string;
  readonly topic: string;
  readonly records: number;
  /** Age of the oldest record that is not consumed. */
  readonly seconds: number;
  /** Null until the group was watched for long enough. */
  readonly verdict: LagVerdict | null;
  readonly members: number;
  /** Seconds that the alert rule allows. */
  readonly threshold: number;
  readonly alerting: boolean;
  /** What would help, in a sentence; empty when nothing has to. */
  readonly hint: string;
}

export interface DeadLetterReport {
  readonly checked_at: string | null;
  /** Open ones only, most first. */
  readonly counts: readonly DeadLetterCount[];
}

export interface DeadLetterCount {
  readonly group: string;
  readonly topic: string;
  readonly reason: string;
  readonly count: number;
}

/** The stream's `current` event: the last snapshot still holds. */
export interface StillCurrent {
  readonly as_of: string;
  readonly receiving: boolean;
}

/** The stream's `trouble` event: what keeps the figures from being current, until the next of the other two. */
export interface Trouble {
  readonly detail: string;
}

/** `GET /v1/dashboard/orders/{order_id}`: one order and its way. */
export interface OrderStory extends LatestOrder {
  readonly items: readonly OrderItem[];
  /** In the order they happened. */
  readonly steps: readonly OrderStep[];
}

export interface OrderItem {
  readonly sku: string;
  readonly quantity: number;
  readonly unit_amount: number;
}

export interface OrderStep {
  readonly step: 'created' | 'confirmed' | 'rejected' | 'paid' | 'cancelled' | 'payment-failed';
  readonly at: string;
  readonly detail?: string;
}
