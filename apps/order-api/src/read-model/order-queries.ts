import { Inject, Injectable } from '@nestjs/common';
import type { PayloadOf, orderCreated } from '@orderstream/events';
import { Database } from '@orderstream/transactional';
import { decodeCursor, encodeCursor } from './cursor.rules.ts';
import type { OrderEvent, OrderStatus } from './order.ts';
import { orUnavailable } from './unavailable.ts';

/** An order as callers see it. Amounts are minor units of `currency`. */
export interface Order {
  readonly order_id: string;
  readonly customer_id: string;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly amount_total: number;
  readonly items: PayloadOf<typeof orderCreated>['items'];
  readonly created_at: string;
  readonly updated_at: string;
  /** Its steps, in the order of the log. */
  readonly timeline: readonly Pick<OrderEvent, 'event_type' | 'event_id' | 'timestamp' | 'source'>[];
}

export interface OrderFilter {
  readonly customer_id?: string | undefined;
  readonly status?: OrderStatus | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  /** Where the next page begins; null on the last one. */
  readonly next_cursor: string | null;
}

/** What a stream needs to know of its order before it begins. */
export interface StreamStart {
  /** Events up to here are not sent again. */
  readonly after: number;
  /** True when all there will ever be lies before `after`. */
  readonly isOver: boolean;
}

interface OrderRow extends Omit<Order, 'amount_total' | 'created_at' | 'updated_at'> {
  readonly amount_total: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const ORDER = `
  SELECT order_id, customer_id, status, currency, amount_total, items, created_at, updated_at,
         (SELECT coalesce(json_agg(json_build_object('event_type', event_type, 'event_id', event_id,
                                                     'timestamp', event -> 'timestamp', 'source', event -> 'source')
                                   ORDER BY seq), '[]')
            FROM order_events e WHERE e.order_id = o.order_id) AS timeline
    FROM orders o WHERE items IS NOT NULL`;

const FIND = { name: 'find-order', text: `${ORDER} AND order_id = $1` };

const STREAM_START = {
  name: 'find-stream-start',
  text: `SELECT (SELECT seq FROM order_events WHERE order_id = $1 AND event_id = $2) AS resumed,
                (SELECT min(seq) FROM order_events
                  WHERE order_id = $1 AND event_type IN ('order.rejected', 'order.cancelled')) AS final
           FROM orders WHERE order_id = $1 AND items IS NOT NULL`,
};

/** Reads the read model. Every method throws Problem 503 when the database is away. */
@Injectable()
export class OrderQueries {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** @param orderId a UUID */
  async find(orderId: string): Promise<Order | undefined> {
    const { rows } = await this.#query<OrderRow>(FIND, [orderId]);
    return rows[0] && orderOf(rows[0]);
  }

  /** Newest first. A page goes on exactly where the last one ended, however many orders came in between. */
  async list({ customer_id, status, limit, cursor }: OrderFilter): Promise<OrderPage> {
    const params: unknown[] = [];
    const where = (condition: string, value: unknown): string =>
      value === undefined ? '' : ` AND ${condition} $${params.push(value)}`;
    const text =
      ORDER +
      where('customer_id =', customer_id) +
      where('status =', status) +
      where('order_id <', cursor && decodeCursor(cursor)) +
      ` ORDER BY order_id DESC LIMIT $${params.push(limit + 1)}`;
    const { rows } = await this.#query<OrderRow>(text, params);
    const orders = rows.slice(0, limit).map(orderOf);
    const last = rows.length > limit ? orders.at(-1) : undefined;
    return { orders, next_cursor: last === undefined ? null : encodeCursor(last.order_id) };
  }

  /** Undefined when there is no such order. A `lastEventId` that is none of its events starts from the beginning. */
  async streamStart(orderId: string, lastEventId: string | undefined): Promise<StreamStart | undefined> {
    const params = [orderId, lastEventId ?? null];
    type Row = { resumed: string | null; final: string | null };
    const { rows } = await this.#query<Row>(STREAM_START, params);
    const [row] = rows;
    if (row === undefined) return undefined;
    const after = Number(row.resumed ?? 0);
    // Nobody waits for what may come behind the final step, which is another cancellation refused.
    return { after, isOver: row.final !== null && after >= Number(row.final) };
  }

  #query<Row extends object>(...query: Parameters<Database['query']>) {
    return orUnavailable(this.database.query<Row>(...query));
  }
}

function orderOf(row: OrderRow): Order {
  return {
    order_id: row.order_id,
    customer_id: row.customer_id,
    status: row.status,
    currency: row.currency,
    amount_total: Number(row.amount_total),
    items: row.items,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    timeline: row.timeline,
  };
}
