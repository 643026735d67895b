import { type DynamicModule, Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.ts';
import { NotificationLedger } from '../ledger/notification-ledger.ts';
import { QueueBell } from '../ledger/queue-bell.ts';
import { RunningSender } from '../sending/running-sender.ts';
import type { RetryRules } from '../sending/sending.rules.ts';
import { emailDelivery } from './deliver-email.ts';
import { SmtpGateway } from './smtp-gateway.ts';

export interface EmailSettings {
  readonly smtpUrl: string;
  readonly from: string;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly ratePerSecond: number;
  readonly retry: RetryRules;
}

/** From rows of the ledger to the mail gateway. */
@Module({})
export class EmailModule {
  static register(settings: EmailSettings): DynamicModule {
    return {
      module: EmailModule,
      imports: [LedgerModule],
      providers: [
        {
          provide: RunningSender,
          inject: [NotificationLedger, QueueBell],
          useFactory: (ledger: NotificationLedger, bell: QueueBell) => senderOf(settings, ledger, bell),
        },
      ],
    };
  }
}

function senderOf(settings: EmailSettings, ledger: NotificationLedger, bell: QueueBell): RunningSender {
  const { smtpUrl: url, from, connections, connectTimeoutMs, sendTimeoutMs, ratePerSecond, retry } = settings;
  const gateway = new SmtpGateway({ url, connections, connectTimeoutMs, answerTimeoutMs: sendTimeoutMs });
  const deliver = emailDelivery(gateway, from);
  const close = (): void => gateway.close();
  const options = { connections, sendTimeoutMs, ratePerSecond, retry, deliver, close };
  return new RunningSender({ channel: 'email', ...options }, ledger, bell);
}
