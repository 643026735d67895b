import {
  encodeRecord,
  EventProducer,
  newEvent,
  orderCancellationRefused,
  orderCancelled,
  orderConfirmed,
  orderCreated,
  orderPaid,
  orderRejected,
  orders,
  type EventContract,
  type EventOf,
  type PayloadOf,
} from '@orderstream/events';
import type { OrderEvent } from '../../src/read-model/order.ts';
import { kafkaBrokers, readTopic, type TopicRecord } from '@orderstream/testing';

type Step = keyof typeof steps;

const steps = { orderConfirmed, orderRejected, orderPaid, orderCancelled };
const contracts: readonly EventContract[] = [orderCreated, orderCancellationRefused, ...Object.values(steps)];

/** What the other services say about orders, said by the test. */
export class OtherServices {
  readonly #producer = new EventProducer(
    { clientId: 'test', brokers: kafkaBrokers() },
    { sendTimeoutMs: 30_000 },
  );

  /** Publishes one step of an order; returns its event. */
  async say(step: Step, orderId: string): Promise<OrderEvent> {
    const event = stepEvent(step, orderId);
    await this.publish(event);
    return event;
  }

  async publish(event: OrderEvent): Promise<void> {
    const contract = contracts.find(({ type }) => type === event.event_type) as EventContract;
    await this.#producer.send(encodeRecord(contract, event));
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}

export function stepEvent(step: Step, orderId: string): OrderEvent {
  const summary = {
    order_id: orderId,
    customer_id: 'c-1',
    currency: 'EUR',
    amount_total: 2_100,
    item_count: 2,
  };
  const more = {
    orderConfirmed: {},
    orderRejected: { reason: { code: 'amount_limit_exceeded', detail: 'too much' } },
    orderPaid: { payment_id: 'p-1' },
    orderCancelled: {},
  };
  return newEvent<EventContract>(
    steps[step],
    { ...summary, ...more[step] },
    { source: 'test' },
  ) as OrderEvent;
}

export function createdEvent(
  payload: Partial<PayloadOf<typeof orderCreated>> & { order_id: string },
): EventOf<typeof orderCreated> {
  const items = [{ sku: 'tea', quantity: 1, unit_amount: 2_100 }];
  const order = { customer_id: 'c-1', currency: 'EUR', amount_total: 2_100, items, ...payload };
  return newEvent(orderCreated, order, { source: 'test' });
}

/** The order's records on the topic `orders`, in their order. */
export async function recordsOf(...orderIds: string[]): Promise<TopicRecord[]> {
  const wanted = new Set<string | null>(orderIds);
  return (await readTopic(orders, { deadlineMs: 60_000 })).filter(({ key }) => wanted.has(key));
}
