import { Injectable } from '@nestjs/common';
import { TransientError } from '@orderstream/events';
import {
  bigintArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@orderstream/transactional';
import { nameOf } from './payment.rules.ts';
import type { Payment, PaymentFlag, WaitingPayment } from './payment.ts';

type PaymentRow = Omit<Payment, 'amount' | 'failure_code' | 'flag' | 'waiting'> & {
  amount: string;
  failure_code: string | null;
  flag: PaymentFlag | null;
  waiting: WaitingPayment | null;
};

const LOAD = {
  name: 'load-payments',
  text: `
    SELECT payment_id, order_id, outcome, currency, amount, method, failure_code, flag, event_id,
           to_json(reported_at)#>>'{}' AS reported_at, waiting
      FROM payments
     WHERE payment_id = ANY($1::text[])`,
};

// In the order of the log, which seq then keeps.
const ADD = {
  name: 'add-payments',
  text: `
    INSERT INTO payments (payment_id, order_id, outcome, currency, amount, method, failure_code, flag, event_id,
                          reported_at, waiting)
    SELECT payment_id, order_id, outcome, currency, amount, method, failure_code, flag, event_id, reported_at, waiting::json
      FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
                  $9::uuid[], $10::timestamptz[], $11::text[])
        AS p (payment_id, order_id, outcome, currency, amount, method, failure_code, flag, event_id, reported_at, waiting)
        ON CONFLICT (payment_id, outcome) DO NOTHING`,
};

const WAITING = {
  name: 'load-waiting-payments',
  text: `
    SELECT waiting FROM payments
     WHERE order_id = ANY($1::uuid[]) AND waiting IS NOT NULL
     ORDER BY seq`,
};

const SETTLE = {
  name: 'settle-payments',
  text: `
    UPDATE payments SET waiting = NULL, flag = s.flag
      FROM unnest($1::text[], $2::text[]) AS s (payment_id, flag)
     WHERE payments.payment_id = s.payment_id AND payments.outcome = 'succeeded'`,
};

/** The payments in PostgreSQL, a batch at a time. */
@Injectable()
export class PaymentStore {
  /** What is known of the payments `ids`, by the name of each report (payment.rules.ts). */
  async load(tx: Transaction, ids: readonly string[]): Promise<Map<string, Payment>> {
    const { rows } = await tx.query<PaymentRow>(LOAD, [textArray(ids)]);
    return new Map(rows.map((row) => [nameOf(row), paymentOf(row)]));
  }

  /**
   * Inserts payments that `load` did not find; each name once, in the order of the log.
   * @throws TransientError when one appeared since: reported for two orders at this very moment
   */
  async add(tx: Transaction, payments: readonly Payment[]): Promise<void> {
    if (payments.length === 0) return;
    const { rowCount } = await tx.query(ADD, [
      textArray(payments.map(({ payment_id }) => payment_id)),
      uuidArray(payments.map(({ order_id }) => order_id)),
      textArray(payments.map(({ outcome }) => outcome)),
      textArray(payments.map(({ currency }) => currency)),
      bigintArray(payments.map(({ amount }) => amount)),
      textArray(payments.map(({ method }) => method)),
      textArray(payments.map(({ failure_code }) => failure_code ?? null)),
      textArray(payments.map(({ flag }) => flag ?? null)),
      uuidArray(payments.map(({ event_id }) => event_id)),
      timestamptzArray(payments.map(({ reported_at }) => reported_at)),
      textArray(payments.map(({ waiting }) => (waiting === undefined ? null : JSON.stringify(waiting)))),
    ]);
    if (rowCount !== payments.length) {
      throw new TransientError('payment-appeared', 'a payment appeared between its load and its save');
    }
  }

  /** The payments that wait for these orders, by order_id, in the order of the log. To be asked after the orders were added. */
  async waitingFor(tx: Transaction, orderIds: readonly string[]): Promise<Map<string, WaitingPayment[]>> {
    if (orderIds.length === 0) return new Map();
    const { rows } = await tx.query<{ waiting: WaitingPayment }>(WAITING, [uuidArray(orderIds)]);
    return Map.groupBy(
      rows.map(({ waiting }) => waiting),
      ({ event }) => event.payload.order_id,
    );
  }

  /** Notes what became of payments that waited. */
  async settle(tx: Transaction, flags: ReadonlyMap<string, PaymentFlag | undefined>): Promise<void> {
    if (flags.size === 0) return;
    const params = [textArray([...flags.keys()]), textArray([...flags.values()].map((flag) => flag ?? null))];
    await tx.query(SETTLE, params);
  }
}

function paymentOf(row: PaymentRow): Payment {
  return {
    ...row,
    amount: Number(row.amount),
    failure_code: row.failure_code ?? undefined,
    flag: row.flag ?? undefined,
    waiting: row.waiting ?? undefined,
  };
}
