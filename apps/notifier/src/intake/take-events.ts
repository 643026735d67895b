import { Inject, Injectable } from '@nestjs/common';
import { orderConfirmed } from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { NotificationLedger } from '../ledger/notification-ledger.ts';
import { QueueBell } from '../ledger/queue-bell.ts';
import { notificationsTotal } from '../metrics.ts';
import { planNotifications, type ToldEvent } from './plan-notifications.rules.ts';

/** Injection token of the domain in Message-IDs. */
export const MAIL_DOMAIN = Symbol('MailDomain');

/** Enters what is to be told into the ledger. Sends nothing: a gateway that is slow or away holds up no event. */
@Injectable()
export class TakeEvents {
  constructor(
    @Inject(NotificationLedger) private readonly ledger: NotificationLedger,
    @Inject(QueueBell) private readonly bell: QueueBell,
    @Inject(MAIL_DOMAIN) private readonly domain: string,
  ) {}

  /** The ledger's natural key makes it harmless to be given an event again, at whatever offset. */
  @OnEvents('notifier', orderConfirmed)
  async take(events: ToldEvent[], tx: Transaction): Promise<void> {
    const planned = events.flatMap((event) => planNotifications(event, this.domain));
    const added = await this.ledger.add(tx, planned);
    tx.afterCommit(() => {
      for (const { channel, state } of added) notificationsTotal.inc({ channel, state });
      if (added.some(({ state }) => state === 'queued')) this.bell.ring();
    });
  }
}
