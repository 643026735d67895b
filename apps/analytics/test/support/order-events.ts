import {
  newEvent,
  orderCancelled,
  orderConfirmed,
  orderCreated,
  orderPaid,
  orderRejected,
  uuidv7,
  type EventOf,
} from '@orderstream/events';

/** What tests vary about an order. */
export interface OrderOptions {
  readonly order_id?: string;
  readonly customer_id?: string;
  readonly currency?: string;
  readonly items?: EventOf<typeof orderCreated>['payload']['items'];
}

/** One order and the events it may cause. `at` is RFC 3339. */
export class TestOrder {
  readonly id: string;
  readonly amount: number;
  readonly #created: Omit<EventOf<typeof orderCreated>['payload'], 'contact'>;

  constructor({ order_id = uuidv7(), customer_id = 'ada', currency = 'EUR', items }: OrderOptions = {}) {
    const lines = items ?? [
      { sku: 'cup', quantity: 2, unit_amount: 1250 },
      { sku: 'saucer', quantity: 1, unit_amount: 300 },
    ];
    this.id = order_id;
    this.amount = lines.reduce((sum, { quantity, unit_amount }) => sum + quantity * unit_amount, 0);
    this.#created = { order_id, customer_id, currency, amount_total: this.amount, items: lines };
  }

  created(at?: string) {
    return newEvent(orderCreated, this.#created, { source: 'order-api', timestamp: at });
  }

  confirmed(at?: string) {
    return newEvent(orderConfirmed, this.#summary(), { source: 'worker', timestamp: at });
  }

  rejected(at?: string) {
    const reason = { code: 'amount_limit_exceeded', detail: 'too much' };
    return newEvent(orderRejected, { ...this.#summary(), reason }, { source: 'worker', timestamp: at });
  }

  paid(at?: string) {
    return newEvent(
      orderPaid,
      { ...this.#summary(), payment_id: 'p-1' },
      { source: 'worker', timestamp: at },
    );
  }

  cancelled(at?: string) {
    return newEvent(orderCancelled, this.#summary(), { source: 'worker', timestamp: at });
  }

  #summary() {
    const { items, ...order } = this.#created;
    return { ...order, item_count: items.length };
  }
}
