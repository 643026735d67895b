import type { Logger } from '@nestjs/common';
import type { Channel } from '../ledger/notification.ts';
import type { Settlement } from '../ledger/notification-ledger.ts';
import { notificationsTotal } from '../metrics.ts';

/** Counts what was written, and says in the log what a person may have to look at: by its number, never by its recipient. */
export function reportSettlements(channel: Channel, settlements: readonly Settlement[], log: Logger): void {
  for (const { notification_id, attempts, state, reason } of settlements) {
    notificationsTotal.inc({ channel, state });
    if (state !== 'unknown' && state !== 'failed') continue;
    const message = state === 'failed' ? 'a message was refused for good' : 'a message is of unknown outcome';
    log.warn({ message, notification_id, attempts, ...reason });
  }
}
