import { Inject, Injectable } from '@nestjs/common';
import {
  EventProducer,
  encodeRecord,
  newEvent,
  orderCreated,
  uuidv7,
  type EventOf,
} from '@orderstream/events';
import { Problem } from '@orderstream/service';
import type { Answer } from '../answer.ts';
import { publish } from '../publishing/publish.ts';
import { amountTotal } from './order-total.rules.ts';
import type { NewOrder } from './order-body.ts';

/** An order that is going to be accepted: its event, made before anything is sent, so that a repeat sends the same one. */
export interface OrderPlan {
  readonly event: EventOf<typeof orderCreated>;
  readonly traceparent: string;
}

const SOURCE = 'order-api';

/** Accepts orders: an order is accepted once all in-sync replicas hold its `order.created`. */
@Injectable()
export class AcceptOrder {
  constructor(@Inject(EventProducer) private readonly producer: EventProducer) {}

  /** @throws Problem 400 when the total is too large */
  plan(body: NewOrder, traceparent: string): OrderPlan {
    const amount_total = amountTotal(body.items);
    if (amount_total === undefined) throw totalTooLarge();
    const { customer_id, currency, items, contact } = body;
    const payload = {
      order_id: uuidv7(),
      customer_id,
      currency,
      amount_total,
      items,
      ...(contact === undefined ? undefined : { contact }),
    };
    return { event: newEvent(orderCreated, payload, { source: SOURCE }), traceparent };
  }

  /** @throws Problem 503 when the event was not confirmed */
  async carryOut({ event, traceparent }: OrderPlan, isRepeat: boolean): Promise<Answer> {
    const { event_id, payload } = event;
    const record = encodeRecord(orderCreated, event, traceparent);
    await publish(this.producer, { record, ids: { order_id: payload.order_id, event_id }, isRepeat });
    return accepted(event);
  }
}

/** Depends on the event alone: whoever publishes it, and however often, answers the same. */
function accepted({ event_id, timestamp, payload }: EventOf<typeof orderCreated>): Answer {
  const { order_id, currency, amount_total } = payload;
  return {
    status: 202,
    headers: { location: `/v1/orders/${order_id}` },
    body: JSON.stringify({
      order_id,
      event_id,
      status: 'accepted',
      currency,
      amount_total,
      accepted_at: timestamp,
    }),
  };
}

/** Pointed at the items together: no single one is to blame. */
function totalTooLarge(): Problem {
  return new Problem({
    status: 400,
    kind: 'invalid-body',
    title: 'The body breaks its schema',
    detail: '1 mistake.',
    errors: [
      {
        pointer: '#/items',
        detail: `must not sum up to more than ${Number.MAX_SAFE_INTEGER} minor units`,
      },
    ],
  });
}
