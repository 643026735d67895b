import type { Channel } from '../ledger/notification.ts';

/** Stable per event and channel, so that a mailbox shows a message that came twice once. RFC 5322 §3.6.4. */
export function messageIdOf(eventId: string, channel: Channel, domain: string): string {
  return `<${eventId}.${channel}@${domain}>`;
}
