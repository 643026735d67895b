import { Injectable } from '@nestjs/common';
import { textArray, timestamptzArray, uuidArray, type Transaction } from '@orderstream/transactional';
import type { Customer, KnownOrder, OrderNews, Registration } from './people.ts';
import {
  LOCK_EXCLUSIVE,
  LOCK_SHARED,
  READ_CUSTOMERS,
  READ_ORDERS,
  SAVE_CUSTOMERS,
  SAVE_ORDERS,
} from './statements.ts';

type CustomerRow = Customer & { readonly customer_id: string };
type OrderRow = KnownOrder & { readonly order_id: string };

/** Customers and orders in PostgreSQL, set-based, in the transaction of whoever handles events. */
@Injectable()
export class PeopleStore {
  /**
   * Keeps what is known from changing until the transaction ends. Whoever adds to it takes `write`, and then looks for messages that were
   * suppressed for want of it; with anything weaker, two transactions that do not see each other would leave one of those as it is.
   */
  lock(tx: Transaction, mode: 'read' | 'write'): Promise<unknown> {
    return tx.query(mode === 'write' ? LOCK_EXCLUSIVE : LOCK_SHARED);
  }

  async customers(tx: Transaction, ids: Iterable<string>): Promise<Map<string, Customer>> {
    const wanted = [...new Set(ids)];
    if (wanted.length === 0) return new Map();
    const { rows } = await tx.query<CustomerRow>(READ_CUSTOMERS, [textArray(wanted)]);
    return new Map(rows.map((row) => [row.customer_id, row]));
  }

  async orders(tx: Transaction, ids: Iterable<string>): Promise<Map<string, KnownOrder>> {
    const wanted = [...new Set(ids)];
    if (wanted.length === 0) return new Map();
    const { rows } = await tx.query<OrderRow>(READ_ORDERS, [uuidArray(wanted)]);
    return new Map(rows.map((row) => [row.order_id, row]));
  }

  /**
   * The newest registration of a customer counts, in whatever order they arrive.
   * @param rows one for each customer
   */
  register(tx: Transaction, rows: readonly Registration[]): Promise<unknown> {
    return tx.query(SAVE_CUSTOMERS, [
      textArray(rows.map(({ customer_id }) => customer_id)),
      textArray(rows.map(({ email }) => email)),
      textArray(rows.map(({ phone }) => phone)),
      textArray(rows.map(({ name }) => name)),
      textArray(rows.map(({ locale }) => locale)),
      timestamptzArray(rows.map(({ registered_at }) => registered_at)),
    ]);
  }

  /** The furthest that an order has come counts, in whatever order its news arrive; of several that say the same the first. */
  note(tx: Transaction, rows: readonly OrderNews[]): Promise<unknown> {
    return tx.query(SAVE_ORDERS, [
      uuidArray(rows.map(({ order_id }) => order_id)),
      textArray(rows.map(({ customer_id }) => customer_id)),
      textArray(rows.map(({ email }) => email)),
      textArray(rows.map(({ phone }) => phone)),
      textArray(rows.map(({ status }) => status)),
      timestamptzArray(rows.map(({ updated_at }) => updated_at)),
    ]);
  }
}
