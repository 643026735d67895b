import type { EventOf, orderConfirmed } from '@orderstream/events';
import type { PlannedNotification } from '../ledger/notification.ts';
import { messageIdOf } from './message-id.rules.ts';

/** The events somebody is told about. */
export type ToldEvent = EventOf<typeof orderConfirmed>;

/** Who is to be told what because of this event. An event without an address still gets its row: nothing is silently not sent. */
export function planNotifications(event: ToldEvent, domain: string): PlannedNotification[] {
  const { order_id, currency, amount_total, item_count, contact } = event.payload;
  return [
    {
      event_id: event.event_id,
      channel: 'email',
      recipient: contact?.email ?? null,
      template: 'order-confirmed',
      data: { order_id, currency, amount_total, item_count, confirmed_at: event.timestamp },
      order_id,
      message_id: messageIdOf(event.event_id, 'email', domain),
    },
  ];
}
