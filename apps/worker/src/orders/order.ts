import type { PayloadOf, orderCreated } from '@orderstream/events';

export type OrderStatus = 'confirmed' | 'rejected' | 'paid' | 'cancelled';

type Created = PayloadOf<typeof orderCreated>;

/** An order as the worker keeps it. Names are the events' own and the columns'; amounts are minor units of `currency`. */
export interface Order {
  readonly order_id: string;
  readonly customer_id: string;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly amount_total: number;
  readonly items: Created['items'];
  readonly contact: Created['contact'] | undefined;
  /** RFC 3339; when the customer ordered. */
  readonly created_at: string;
  /** RFC 3339; the latest timestamp among the events that changed it. */
  readonly updated_at: string;
}
