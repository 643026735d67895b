import {
  newEvent,
  orderCreated,
  paymentFailed,
  received,
  uuidv7,
  type Envelope,
  type EventOf,
  type fraudSuspected,
  type ReceivedEvent,
  type Run,
} from '@orderstream/events';
import { Outbox, OutboxBell, PostgresEffects, type Transaction } from '@orderstream/transactional';
import { readConfig } from '../../src/config.ts';
import { FailedPaymentStore } from '../../src/fraud/failed-payment-store.ts';
import { FindFraud } from '../../src/fraud/find-fraud.ts';
import { MarkStore } from '../../src/fraud/mark-store.ts';
import { RaiseSuspicions } from '../../src/fraud/raise-suspicions.ts';
import { SuspectOrderStore } from '../../src/fraud/suspect-order-store.ts';
import { SuspicionStore } from '../../src/fraud/suspicion-store.ts';
import { WarehouseNews } from '../../src/warehouse/warehouse-news.ts';
import type { Warehouse } from '../support/warehouse.ts';

export type OrderPlaced = EventOf<typeof orderCreated>;
export type PaymentLost = EventOf<typeof paymentFailed>;

interface OrderOptions {
  readonly customer_id?: string;
  readonly amount?: number;
  readonly currency?: string;
  readonly contact?: OrderPlaced['payload']['contact'];
}

/** @param at RFC 3339 or Unix ms */
export function placed(at: string | number, options: OrderOptions = {}): OrderPlaced {
  const { customer_id = 'ada', amount = 2_000, currency = 'EUR', contact } = options;
  return newEvent(
    orderCreated,
    {
      order_id: uuidv7(),
      customer_id,
      currency,
      amount_total: amount,
      items: [{ sku: 'cup', quantity: 1, unit_amount: amount }],
      ...(contact === undefined ? {} : { contact }),
    },
    { source: 'order-api', timestamp: new Date(at).toISOString() },
  );
}

export function failed(order: OrderPlaced, at: string | number, payment_id: string = uuidv7()): PaymentLost {
  const { order_id, currency, amount_total: amount } = order.payload;
  const payment = { payment_id, order_id, currency, amount, method: 'card' as const };
  return newEvent(
    paymentFailed,
    { ...payment, failure_code: 'card_declined' },
    { source: 'order-api', timestamp: new Date(at).toISOString() },
  );
}

/** An instance of the group `fraud`, on a connection pool of its own. */
export class FraudGroup {
  readonly #effects: PostgresEffects;
  readonly #handlers: FindFraud;
  readonly #offsets = new Map<string, number>();

  constructor(warehouse: Warehouse) {
    const database = warehouse.connect();
    this.#effects = new PostgresEffects(database, new Outbox('analytics', new OutboxBell(database)));
    const settings = readConfig({}).fraud;
    this.#handlers = new FindFraud(
      settings,
      new SuspectOrderStore(),
      new FailedPaymentStore(),
      new MarkStore(settings),
      new RaiseSuspicions(new SuspicionStore(), new WarehouseNews()),
    );
  }

  /** Consumes these as the next batch of a partition of `orders`. */
  orders(partition: number, ...events: OrderPlaced[]): Promise<void> {
    return this.#consume('orders', partition, events, (own, tx) => this.#handlers.applyOrders(own, tx));
  }

  /** Consumes these as the next batch of a partition of `payments`. */
  payments(partition: number, ...events: PaymentLost[]): Promise<void> {
    return this.#consume('payments', partition, events, (own, tx) => this.#handlers.applyPayments(own, tx));
  }

  async #consume<Event extends Envelope>(
    topic: string,
    partition: number,
    events: readonly Event[],
    handle: (events: Event[], tx: Transaction) => ReturnType<FindFraud['applyOrders']>,
  ): Promise<void> {
    const at = `${topic}/${partition}`;
    const firstOffset = this.#offsets.get(at) ?? 0;
    const nextOffset = firstOffset + events.length;
    const run: Run = {
      ...{ group: 'fraud', topic, partition, firstOffset, nextOffset },
      events: events.map((event, index) =>
        received({ ...event }, { offset: firstOffset + index, traceparent: undefined }),
      ),
    };
    const applied = await this.#effects.apply(run, (own: ReceivedEvent[], tx: unknown) =>
      handle(own as unknown as Event[], tx as Transaction),
    );
    expect(applied.kind).toBe('applied');
    this.#offsets.set(at, nextOffset);
  }
}

/** What the group has kept is forgotten, and what it told. */
export async function emptyFraud(warehouse: Warehouse): Promise<void> {
  await warehouse.rows(
    `TRUNCATE warehouse.fraud_suspicions, analytics.fraud_orders, analytics.fraud_marks, analytics.fraud_failed_payments,
       analytics.outbox, analytics.consumer_positions`,
  );
}

/** The alerts that wait to be published, in their order. */
export async function alerts(warehouse: Warehouse): Promise<EventOf<typeof fraudSuspected>[]> {
  const rows = await warehouse.rows<{ records: string }>(
    "SELECT records FROM analytics.outbox WHERE topic = 'alerts' ORDER BY id",
  );
  return rows.flatMap(({ records }) =>
    // A line is the key and the headers, a tab, and the event.
    records
      .split('\n')
      .map((line) => JSON.parse(line.slice(line.indexOf('\t'))) as EventOf<typeof fraudSuspected>),
  );
}
