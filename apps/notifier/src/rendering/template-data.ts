/** What each template needs besides the words that are in it; kept in the ledger until the message is rendered. Times are RFC 3339. */
export interface TemplateData {
  'order-confirmed': OrderData & { readonly confirmed_at: string };
  'order-rejected': OrderData & { readonly rejected_at: string; readonly reason_code: string };
  'order-cancelled': OrderData & { readonly cancelled_at: string; readonly reason?: string };
  'payment-receipt': OrderData & { readonly paid_at: string; readonly payment_id: string };
  'payment-failed': PaymentFailedData;
  welcome: WelcomeData;
  'operator-alert': AlertData;
}

export type TemplateName = keyof TemplateData;

/** Amounts are minor units of `currency`. */
export interface OrderData extends Named {
  readonly order_id: string;
  readonly currency: string;
  readonly amount_total: number;
  readonly item_count: number;
}

export interface PaymentFailedData extends Named {
  readonly order_id: string;
  readonly payment_id: string;
  readonly currency: string;
  /** Minor units. */
  readonly amount: number;
  readonly method: string;
  readonly failed_at: string;
}

export interface WelcomeData extends Named {
  readonly user_id: string;
}

export type AlertData =
  | {
      readonly alert: 'fraud';
      readonly subject_type: string;
      readonly subject_id: string;
      readonly rule: string;
      readonly score: number;
      readonly window: { readonly start: string; readonly end: string };
      readonly evidence: Readonly<Record<string, unknown>>;
      readonly alerted_at: string;
    }
  | {
      readonly alert: 'lag-exceeded' | 'lag-recovered';
      readonly group: string;
      readonly topic: string;
      /** Records. */
      readonly lag: number;
      readonly lag_seconds: number;
      readonly verdict: string;
      /** Seconds. */
      readonly threshold: number;
      readonly alerted_at: string;
    };

interface Named {
  /** As the customer registered; absent when nobody told us. */
  readonly name?: string;
}
