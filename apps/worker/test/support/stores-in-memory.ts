import type { Cancellation, CancellationStore } from '../../src/orders/cancellation-store.ts';
import type { OrderStore } from '../../src/orders/order-store.ts';
import type { Order } from '../../src/orders/order.ts';
import type { PaymentStore } from '../../src/orders/payment-store.ts';
import { nameOf } from '../../src/orders/payment.rules.ts';
import type { Payment } from '../../src/orders/payment.ts';

/** The tables as maps, for thousands of histories a second. That PostgreSQL does the same is shown on PostgreSQL. */
export class StoresInMemory {
  readonly orders = new Map<string, Order>();
  readonly payments = new Map<string, Payment>();
  readonly cancellations = new Map<string, Cancellation>();

  readonly orderStore: OrderStore = {
    load: (_, ids) => Promise.resolve(pick(this.orders, ids)),
    loadOrReserve: (_, ids) => Promise.resolve(pick(this.orders, ids)),
    add: (_, orders) => {
      for (const order of orders) addNew(this.orders, order.order_id, order);
      return Promise.resolve();
    },
    update: (_, orders) => {
      for (const order of orders) this.orders.set(order.order_id, order);
      return Promise.resolve();
    },
  };

  readonly cancellationStore: CancellationStore = {
    known: (_, ids) => Promise.resolve(new Set(ids.filter((id) => this.cancellations.has(id)))),
    add: (_, cancellations) => {
      for (const one of cancellations) addNew(this.cancellations, one.event_id, one);
      return Promise.resolve();
    },
  };

  readonly paymentStore: PaymentStore = {
    load: (_, ids) =>
      Promise.resolve(new Map([...this.payments].filter(([, { payment_id }]) => ids.includes(payment_id)))),
    add: (_, payments) => {
      for (const payment of payments) addNew(this.payments, nameOf(payment), payment);
      return Promise.resolve();
    },
    waitingFor: (_, orderIds) => {
      const waiting = [...this.payments.values()].flatMap((payment) => payment.waiting ?? []);
      const wanted = waiting.filter(({ event }) => orderIds.includes(event.payload.order_id));
      return Promise.resolve(Map.groupBy(wanted, ({ event }) => event.payload.order_id));
    },
    settle: (_, flags) => {
      for (const [payment_id, flag] of flags) {
        const id = nameOf({ payment_id, outcome: 'succeeded' });
        this.payments.set(id, { ...(this.payments.get(id) as Payment), flag, waiting: undefined });
      }
      return Promise.resolve();
    },
  };
}

function pick<T>(rows: ReadonlyMap<string, T>, ids: readonly string[]): Map<string, T> {
  return new Map([...rows].filter(([id]) => ids.includes(id)));
}

function addNew<T>(rows: Map<string, T>, id: string, row: T): void {
  if (rows.has(id)) throw new Error(`${id} is there already`);
  rows.set(id, row);
}
