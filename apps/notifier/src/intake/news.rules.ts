import type { EventOf, userRegistered } from '@orderstream/events';
import type { OrderNews, OrderStatus, Registration } from '../people/people.ts';
import type { OrderEvent } from './messages.rules.ts';

const STATUS: Readonly<Record<OrderEvent['event_type'], OrderStatus>> = {
  'order.confirmed': 'confirmed',
  'order.rejected': 'rejected',
  'order.paid': 'paid',
  'order.cancelled': 'cancelled',
};

/** What an order's event says of whom to tell about it. */
export function newsOf({ event_type, payload, timestamp }: OrderEvent): OrderNews {
  const { order_id, customer_id, contact } = payload;
  return {
    ...{ order_id, customer_id, status: STATUS[event_type], updated_at: timestamp },
    email: contact?.email ?? null,
    phone: contact?.phone ?? null,
  };
}

export function registrationOf({ payload, timestamp }: EventOf<typeof userRegistered>): Registration {
  const { user_id, email, phone, name, locale } = payload;
  return {
    ...{ customer_id: user_id, email, name, registered_at: timestamp },
    phone: phone ?? null,
    locale: locale ?? null,
  };
}
