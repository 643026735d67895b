import { Injectable } from '@nestjs/common';
import { TransientError } from '@orderstream/events';
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

const ADD = {
  name: 'add-orders',
  text: `
    INSERT INTO orders
           (order_id, customer_id, status, currency, amount_total, items, contact, created_at, updated_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[], $7::jsonb[],
                         $8::timestamptz[], $9::timestamptz[])
        ON CONFLICT (order_id) DO NOTHING`,
};

const UPDATE = {
  name: 'update-orders',
  text: `
    UPDATE orders SET status = n.status, updated_at = n.updated_at
      FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
        AS n (order_id, status, updated_at)
     WHERE orders.order_id = n.order_id`,
};

// No customer_id is empty: that tells a reservation from an order. WHERE false locks an order that is there and changes nothing.
const RESERVE = {
  name: 'reserve-orders',
  text: `
    INSERT INTO orders AS stored (order_id, customer_id, status, currency, amount_total, items, created_at, updated_at)
    SELECT order_id, '', 'rejected', '', 0, '[]', now(), now() FROM unnest($1::uuid[]) AS order_id
        ON CONFLICT (order_id) DO UPDATE SET status = stored.status WHERE false`,
};

const UNRESERVE = {
  name: 'unreserve-orders',
  text: `DELETE FROM orders WHERE order_id = ANY($1::uuid[]) AND customer_id = ''`,
};

/** The worker's orders in PostgreSQL, a batch at a time. */
@Injectable()
export class OrderStore {
  /** The orders that exist among `ids`, locked until the transaction ends. In id order, so that two batches cannot deadlock. */
  async load(tx: Transaction, ids: readonly string[]): Promise<Map<string, Order>> {
    if (ids.length === 0) return new Map();
    const { rows } = await tx.query<OrderRow>(LOAD, [uuidArray(ids)]);
    return new Map(rows.map((row) => [row.order_id, orderOf(row)]));
  }

  /**
   * As `load`, for orders that were not there a moment ago: those that have come since. The others cannot come until this transaction
   * ends, and whoever adds them then sees what it has written. Without this an order and its payment, handled at the same time,
   * would each find the other one missing.
   *
   * An id is kept by inserting it: an insert of the same id waits for the end of this transaction, also when the row is deleted
   * again at once, as it is here. So no row of a reservation is ever seen by anybody.
   */
  async loadOrReserve(tx: Transaction, ids: readonly string[]): Promise<Map<string, Order>> {
    if (ids.length === 0) return new Map();
    const param = uuidArray([...new Set(ids)].sort());
    const [, , orders] = await Promise.all([
      tx.query(RESERVE, [param]),
      tx.query(UNRESERVE, [param]),
      this.load(tx, ids),
    ]);
    return orders;
  }

  /**
   * Inserts orders that `load` did not find; each id once. Waits for transactions that have reserved one of them.
   * @throws TransientError when one appeared since: handled elsewhere at this very moment, as a redriven record may be
   */
  async add(tx: Transaction, orders: readonly Order[]): Promise<void> {
    if (orders.length === 0) return;
    // In id order, as reservations are made: else the two could wait for one another.
    const sorted = [...orders].sort((one, other) => (one.order_id < other.order_id ? -1 : 1));
    const { rowCount } = await tx.query(ADD, [
      uuidArray(sorted.map(({ order_id }) => order_id)),
      textArray(sorted.map(({ customer_id }) => customer_id)),
      textArray(sorted.map(({ status }) => status)),
      textArray(sorted.map(({ currency }) => currency)),
      bigintArray(sorted.map(({ amount_total }) => amount_total)),
      jsonbArray(sorted.map(({ items }) => JSON.stringify(items))),
      jsonbArray(sorted.map(({ contact }) => (contact === undefined ? null : JSON.stringify(contact)))),
      timestamptzArray(sorted.map(({ created_at }) => created_at)),
      timestamptzArray(sorted.map(({ updated_at }) => updated_at)),
    ]);
    if (rowCount !== orders.length) {
      throw new TransientError('order-appeared', 'an order appeared between its load and its save');
    }
  }

  /** Writes what may change of orders that are there; each id once. */
  async update(tx: Transaction, orders: readonly Order[]): Promise<void> {
    if (orders.length === 0) return;
    await tx.query(UPDATE, [
      uuidArray(orders.map(({ order_id }) => order_id)),
      textArray(orders.map(({ status }) => status)),
      timestamptzArray(orders.map(({ updated_at }) => updated_at)),
    ]);
  }
}

function orderOf(row: OrderRow): Order {
  return { ...row, amount_total: Number(row.amount_total), contact: row.contact ?? undefined };
}
