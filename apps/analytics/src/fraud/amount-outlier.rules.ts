import { scoreOf, windowOf, type Suspicion } from './suspicion.ts';

/** Suspicious is an amount of more than `factor` times the median of the customer's earlier orders, once there are `orders` of them. */
export interface OutlierLimit {
  readonly factor: number;
  readonly orders: number;
}

/** An order and what its customer had ordered before, in the same currency and in minor units. */
export interface OrderInHistory {
  readonly order_id: string;
  readonly customer_id: string;
  readonly currency: string;
  readonly amount: number;
  /** When it was placed, Unix ms. */
  readonly at_ms: number;
  /** Amounts of the orders before it, in any order. */
  readonly earlier: readonly number[];
}

/** The window is the moment of the order: each order is a matter of its own. */
export function amountOutlier(order: OrderInHistory, limit: OutlierLimit): Suspicion | undefined {
  const { order_id, customer_id, currency, amount, at_ms, earlier } = order;
  if (earlier.length < limit.orders) return undefined;
  const median = medianOf(earlier);
  if (amount <= limit.factor * median) return undefined;
  return {
    subject_type: 'customer',
    subject_id: customer_id,
    rule: 'amount_outlier',
    score: scoreOf((limit.factor * median) / amount),
    window: windowOf(at_ms, at_ms),
    evidence: { order_id, amount, median, currency, earlier_orders: earlier.length },
  };
}

/** Of an even number the mean of the middle two. */
function medianOf(amounts: readonly number[]): number {
  const sorted = amounts.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
