import { uuidv7, type EventOf, type PayloadOf, type orderCreated } from '@orderstream/events';
import { Problem } from '@orderstream/service';
import type { Answer } from '../answer.ts';
import { amountTotal } from './order-total.rules.ts';
import type { NewOrder } from './order-body.ts';

/** The order that a body asks for. @throws Problem 400 when the total is too large */
export function newOrder({
  customer_id,
  currency,
  items,
  contact,
}: NewOrder): PayloadOf<typeof orderCreated> {
  const amount_total = amountTotal(items);
  if (amount_total === undefined) throw totalTooLarge();
  return {
    order_id: uuidv7(),
    customer_id,
    currency,
    amount_total,
    items,
    ...(contact === undefined ? undefined : { contact }),
  };
}

/** What the caller is answered once the order is accepted. */
export function acceptedOrder({ event_id, timestamp, payload }: EventOf<typeof orderCreated>): Answer {
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
