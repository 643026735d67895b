import { Injectable } from '@nestjs/common';
import { TransientError } from '@orderstream/events';
import {
  bigintArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@orderstream/transactional';
import type { Step } from './repeated-steps.rules.ts';
import type { OrderContent, OrderEvent, OrderStatus, ProjectedOrder } from './order.ts';

interface OrderRow {
  readonly order_id: string;
  readonly status: OrderStatus;
  readonly updated_at: Date;
  readonly customer_id: string;
  readonly currency: string;
  readonly amount_total: string;
  readonly items: OrderContent['items'] | null;
  readonly created_at: Date;
}

const LOAD = {
  name: 'load-orders',
  text: `SELECT order_id, status, updated_at, customer_id, currency, amount_total, items, created_at
           FROM orders WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE`,
};

const ADD = {
  name: 'add-orders',
  text: `INSERT INTO orders (order_id, status, updated_at, customer_id, currency, amount_total, items, created_at)
         SELECT order_id, status, updated_at, customer_id, currency, amount_total, items::json, created_at
           FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[], $7::text[],
                       $8::timestamptz[])
             AS o (order_id, status, updated_at, customer_id, currency, amount_total, items, created_at)
         ON CONFLICT (order_id) DO NOTHING`,
};

const UPDATE = {
  name: 'update-orders',
  text: `UPDATE orders
            SET status = n.status, updated_at = n.updated_at, customer_id = n.customer_id, currency = n.currency,
                amount_total = n.amount_total, items = n.items::json, created_at = n.created_at
           FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[], $7::text[],
                       $8::timestamptz[])
             AS n (order_id, status, updated_at, customer_id, currency, amount_total, items, created_at)
          WHERE orders.order_id = n.order_id`,
};

// Rows take their seq in the order they come in. The order's own row is locked by then, so that for one order it is also the order
// of the commits.
const APPEND = {
  name: 'append-order-events',
  text: `INSERT INTO order_events (event_id, order_id, event_type, event)
         SELECT event_id, order_id, event_type, event::json
           FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
             WITH ORDINALITY AS e (event_id, order_id, event_type, event, place)
          ORDER BY place
         ON CONFLICT (event_id) DO NOTHING`,
};

const STEPS = {
  name: 'steps-of-orders',
  text: `SELECT DISTINCT order_id, event_type FROM order_events WHERE order_id = ANY($1::uuid[])`,
};

/** The read model in PostgreSQL, a batch at a time. */
@Injectable()
export class OrderStore {
  /** The orders that exist among `ids`, locked until the transaction ends. In id order, so that two batches cannot deadlock. */
  async load(tx: Transaction, ids: readonly string[]): Promise<Map<string, ProjectedOrder>> {
    const { rows } = await tx.query<OrderRow>(LOAD, [uuidArray(ids)]);
    return new Map(rows.map((row) => [row.order_id, projectedOrder(row)]));
  }

  /** The steps that are stored of these events' orders. The orders' rows are locked by then: nobody adds one meanwhile. */
  async stepsOf(tx: Transaction, events: ReadonlySet<OrderEvent>): Promise<readonly Step[]> {
    if (events.size === 0) return [];
    const ids = new Set([...events].map(({ payload }) => payload.order_id));
    return (await tx.query<Step>(STEPS, [uuidArray([...ids])])).rows;
  }

  /**
   * Writes orders that `load` did not find, orders that it found and that changed, and the events that did it, in their order.
   * Events that are there already are left out.
   * @throws TransientError when an order appeared since `load`: the redriven part of its events is applied at this very moment
   */
  async save(
    tx: Transaction,
    added: readonly ProjectedOrder[],
    changed: readonly ProjectedOrder[],
    events: readonly OrderEvent[],
  ): Promise<void> {
    const [insert] = await Promise.all([
      added.length === 0 ? { rowCount: 0 } : tx.query(ADD, columns(added)),
      changed.length === 0 ? undefined : tx.query(UPDATE, columns(changed)),
      tx.query(APPEND, [
        uuidArray(events.map(({ event_id }) => event_id)),
        uuidArray(events.map(({ payload }) => payload.order_id)),
        textArray(events.map(({ event_type }) => event_type)),
        textArray(events.map((event) => JSON.stringify(event))),
      ]),
    ]);
    if (insert.rowCount !== added.length) {
      throw new TransientError('order-appeared', 'an order appeared between its load and its save');
    }
  }
}

function columns(orders: readonly ProjectedOrder[]): Buffer[] {
  const contents = orders.map(({ content }) => content);
  return [
    uuidArray(orders.map(({ order_id }) => order_id)),
    textArray(orders.map(({ status }) => status)),
    timestamptzArray(orders.map(({ updated_at }) => updated_at)),
    textArray(contents.map((content) => content?.customer_id ?? null)),
    textArray(contents.map((content) => content?.currency ?? null)),
    bigintArray(contents.map((content) => content?.amount_total ?? null)),
    textArray(contents.map((content) => (content === undefined ? null : JSON.stringify(content.items)))),
    timestamptzArray(contents.map((content) => content?.created_at ?? null)),
  ];
}

function projectedOrder(row: OrderRow): ProjectedOrder {
  const { order_id, status, customer_id, currency, items } = row;
  const content =
    items === null
      ? undefined
      : {
          customer_id,
          currency,
          amount_total: Number(row.amount_total),
          items,
          created_at: row.created_at.toISOString(),
        };
  return { order_id, status, updated_at: row.updated_at.toISOString(), content };
}
