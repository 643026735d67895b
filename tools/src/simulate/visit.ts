/** Somebody who orders. Addresses and numbers are of kinds that reach nobody: `.example` (RFC 6761), and a country code there is not. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string | undefined;
}

export interface Item {
  readonly sku: string;
  readonly quantity: number;
  readonly unit_amount: number;
}

export interface PlannedOrder {
  readonly customer_id: string;
  readonly currency: string;
  readonly items: readonly Item[];
  readonly contact: { readonly email: string; readonly phone?: string };
}

export type FraudRule = 'order_velocity' | 'amount_outlier' | 'failed_payments' | 'shared_contact';

/** What a visitor does, and how long after the visit's begin. Payments, cancellations and purchases are of the visit's last order. */
export type Step = { readonly afterMs: number } & (
  | {
      readonly do: 'event';
      readonly event_type: string;
      readonly properties: Readonly<Record<string, unknown>>;
      readonly user_id?: string;
    }
  | { readonly do: 'bad-event'; readonly item: Readonly<Record<string, unknown>> }
  | { readonly do: 'register'; readonly customer: Customer }
  | { readonly do: 'order'; readonly order: PlannedOrder }
  | { readonly do: 'purchase'; readonly user_id?: string }
  | { readonly do: 'pay'; readonly method: string; readonly failureCode?: string }
  | { readonly do: 'cancel'; readonly reason: string }
  | {
      readonly do: 'bad-request';
      readonly path: string;
      readonly body: string;
      readonly contentType?: string;
      readonly expected: number;
    }
);

/** A visit from its beginning to its end. */
export interface Visit {
  readonly index: number;
  readonly session: string;
  /** After the traffic's begin, simulated ms. */
  readonly beginsMs: number;
  /** In the order of time. */
  readonly steps: readonly Step[];
  /** What it was planted for. */
  readonly fraud?: PlantedFraud;
}

/** Whom a rule has to find. */
export interface PlantedFraud {
  readonly rule: FraudRule;
  readonly subject_type: 'customer' | 'contact';
  readonly subject_id: string;
}

export function totalOf({ items }: Pick<PlannedOrder, 'items'>): number {
  return items.reduce((sum, { quantity, unit_amount }) => sum + quantity * unit_amount, 0);
}
