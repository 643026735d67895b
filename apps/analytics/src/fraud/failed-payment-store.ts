import { textArray, timestamptzArray, uuidArray, type Transaction } from '@orderstream/transactional';

export interface FailedPayment {
  readonly order_id: string;
  readonly payment_id: string;
  /** RFC 3339. */
  readonly failed_at: string;
}

/** A failed payment whose order is known: whose it is. */
export interface CustomersFailedPayment {
  readonly order_id: string;
  readonly customer_id: string;
  readonly payment_id: string;
  /** Unix ms. */
  readonly at_ms: number;
}

const ADD = {
  name: 'add-fraud-failed-payments',
  text: `
    INSERT INTO fraud_failed_payments (order_id, payment_id, failed_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
    ON CONFLICT DO NOTHING`,
};

const TAKE_KNOWN = {
  name: 'take-fraud-failed-payments',
  text: `
    DELETE FROM fraud_failed_payments payment USING fraud_orders orders
    WHERE payment.order_id = ANY ($1::uuid[]) AND orders.order_id = payment.order_id
    RETURNING payment.order_id, customer_id, payment_id, (extract(epoch FROM failed_at) * 1000)::float8 AS at_ms`,
};

/** `fraud_failed_payments`: payments are told on another topic than orders, and may wait here to learn whose they are. */
export class FailedPaymentStore {
  /** Has these wait for their orders, also where those are known. */
  async add(tx: Transaction, payments: readonly FailedPayment[]): Promise<void> {
    await tx.query(ADD, [
      uuidArray(payments.map(({ order_id }) => order_id)),
      textArray(payments.map(({ payment_id }) => payment_id)),
      timestamptzArray(payments.map(({ failed_at }) => failed_at)),
    ]);
  }

  /** Takes out those of these orders that are known. */
  async takeKnown(tx: Transaction, orderIds: readonly string[]): Promise<CustomersFailedPayment[]> {
    const { rows } = await tx.query<CustomersFailedPayment>(TAKE_KNOWN, [uuidArray(orderIds)]);
    return rows;
  }
}
