import { newEvent, orderConfirmed, uuidv7, type EventOf } from '@orderstream/events';

/** An `order.confirmed` of an order that nobody else has. */
export function confirmation(
  email?: string,
  orderId: string = uuidv7(),
  phone?: string,
): EventOf<typeof orderConfirmed> {
  const contact = { ...(email === undefined ? {} : { email }), ...(phone === undefined ? {} : { phone }) };
  const payload = {
    order_id: orderId,
    customer_id: 'c-1',
    currency: 'EUR',
    amount_total: 1_999,
    item_count: 2,
    ...(Object.keys(contact).length === 0 ? {} : { contact }),
  };
  return newEvent(orderConfirmed, payload, { source: 'worker' });
}
