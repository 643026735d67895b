import { formatAmount } from './money.ts';
import { formatTime } from './time.ts';

/** What the ledger keeps for the mail. Amounts are minor units of `currency`. */
export interface OrderConfirmedData {
  readonly order_id: string;
  readonly currency: string;
  readonly amount_total: number;
  readonly item_count: number;
  /** RFC 3339. */
  readonly confirmed_at: string;
}

export function orderConfirmedView(data: OrderConfirmedData, locale: string) {
  return {
    order_id: data.order_id,
    total: formatAmount(data.amount_total, data.currency, locale),
    item_count: data.item_count,
    confirmed_at: formatTime(data.confirmed_at, locale),
  };
}
