import { Injectable } from '@nestjs/common';
import {
  bigintArray,
  jsonbArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@orderstream/transactional';
import type { Order } from './order.ts';

type OrderRow = Omit<Order, 'amount_total' | 'contact'> & {
  amount_total: string;
  contact: Order['contact'] | null;
};

const LOAD = {
  name: 'load-orders',
  text: `
    SELECT order_id, customer_id, status, currency, amount_total, items, contact,
           to_json(created_at)#>>'{}' AS created_at, to_json(updated_at)#>>'{}' AS updated_at
      FROM orders
     WHERE order_id = ANY($1::uuid[])
     ORDER BY order_id
       FOR UPDATE`,
};

const SAVE = {
  name: 'save-orders',
  text: `
    INSERT INTO orders AS stored
           (order_id, customer_id, status, currency, amount_total, items, contact, created_at, updated_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[], $7::jsonb[],
                         $8::timestamptz[], $9::timestamptz[])
        ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at`,
};

/** The worker's orders in PostgreSQL, a batch at a time. */
@Injectable()
export class OrderStore {
  /** The orders that exist among `ids`, locked until the transaction ends. In id order, so that two batches cannot deadlock. */
  async load(tx: Transaction, ids: readonly string[]): Promise<Map<string, Order>> {
    const { rows } = await tx.query<OrderRow>(LOAD, [uuidArray(ids)]);
    return new Map(
      rows.map((row) => [
        row.order_id,
        { ...row, amount_total: Number(row.amount_total), contact: row.contact ?? undefined },
      ]),
    );
  }

  /** Inserts or updates the orders; each id once. */
  async save(tx: Transaction, orders: readonly Order[]): Promise<void> {
    if (orders.length === 0) return;
    await tx.query(SAVE, [
      uuidArray(orders.map(({ order_id }) => order_id)),
      textArray(orders.map(({ customer_id }) => customer_id)),
      textArray(orders.map(({ status }) => status)),
      textArray(orders.map(({ currency }) => currency)),
      bigintArray(orders.map(({ amount_total }) => amount_total)),
      jsonbArray(orders.map(({ items }) => JSON.stringify(items))),
      jsonbArray(orders.map(({ contact }) => (contact === undefined ? null : JSON.stringify(contact)))),
      timestamptzArray(orders.map(({ created_at }) => created_at)),
      timestamptzArray(orders.map(({ updated_at }) => updated_at)),
    ]);
  }
}
