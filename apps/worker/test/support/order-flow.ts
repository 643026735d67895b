import {
  encodeRecord,
  newEvent,
  orderCreated,
  uuidv7,
  type EventProducer,
  type OutgoingRecord,
} from '@orderstream/events';

const ORDERS_A_ROUND = 40;
const ROUND_MS = 100;
/** What an order is over, and what another one under its id claims right behind it. */
export const AMOUNT = 900;
const CONTRADICTION = 5;

/** Sends orders on and on until it is stopped; the first of each round is contradicted by a second one under its id. */
export class OrderFlow {
  readonly #producer: EventProducer;
  readonly #running: Promise<void>;
  #isStopped = false;
  /** Ids of the orders sent so far. */
  readonly ids: string[] = [];
  readonly contradicted: string[] = [];

  constructor(producer: EventProducer) {
    this.#producer = producer;
    this.#running = this.#run();
  }

  /** Resolves when everything sent is acknowledged. @throws when Kafka has refused a record */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const ids = Array.from({ length: ORDERS_A_ROUND }, () => uuidv7());
      const [first = ''] = ids;
      const results = await this.#producer.sendAll([
        ...ids.map((id) => order(id, AMOUNT)),
        order(first, CONTRADICTION),
      ]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      this.ids.push(...ids);
      this.contradicted.push(first);
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    }
  }
}

function order(order_id: string, amount: number): OutgoingRecord {
  const payload = {
    order_id,
    customer_id: 'c-1',
    currency: 'EUR',
    amount_total: amount,
    items: [{ sku: 'tea', quantity: 1, unit_amount: amount }],
  };
  return encodeRecord(orderCreated, newEvent(orderCreated, payload, { source: 'test' }));
}
