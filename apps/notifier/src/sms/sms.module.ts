import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.ts';
import { LookupLedger } from '../ledger/lookup-ledger.ts';
import { NotificationLedger } from '../ledger/notification-ledger.ts';
import { QueueBell } from '../ledger/queue-bell.ts';
import { RunningSender } from '../sending/running-sender.ts';
import type { RetryRules } from '../sending/sending.rules.ts';
import { smsDelivery } from './deliver-sms.ts';
import { Inquiry } from './inquiry.ts';
import { SmsGateway } from './sms-gateway.ts';
import { TwilioClient } from './twilio-client.ts';

export interface SmsSettings {
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
  readonly connections: number;
  readonly sendTimeoutMs: number;
  readonly ratePerSecond: number;
  readonly maxSegments: number;
  readonly retry: RetryRules;
}

/** From rows of the ledger to the SMS gateway, and the question what became of those that are in doubt. */
@Module({})
export class SmsModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(@Inject(Inquiry) private readonly inquiry: Inquiry) {}

  static register(settings: SmsSettings): DynamicModule {
    return {
      module: SmsModule,
      imports: [LedgerModule],
      providers: [
        { provide: SmsGateway, useFactory: () => gatewayOf(settings) },
        {
          provide: RunningSender,
          inject: [SmsGateway, NotificationLedger, QueueBell],
          useFactory: (gateway: SmsGateway, ledger: NotificationLedger, bell: QueueBell) =>
            senderOf(settings, gateway, ledger, bell),
        },
        {
          provide: Inquiry,
          inject: [SmsGateway, LookupLedger],
          useFactory: (gateway: SmsGateway, ledger: LookupLedger) => new Inquiry(gateway, ledger),
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.inquiry.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.inquiry.stop();
  }
}

function gatewayOf({
  url,
  accountSid,
  authToken,
  from,
  connections,
  sendTimeoutMs,
}: SmsSettings): SmsGateway {
  const client = new TwilioClient({
    url,
    accountSid,
    authToken,
    connections,
    answerTimeoutMs: sendTimeoutMs,
  });
  return new SmsGateway(client, from);
}

function senderOf(
  { connections, sendTimeoutMs, ratePerSecond, retry, maxSegments }: SmsSettings,
  gateway: SmsGateway,
  ledger: NotificationLedger,
  bell: QueueBell,
): RunningSender {
  const deliver = smsDelivery(gateway, maxSegments);
  const close = (): void => gateway.close();
  const options = { connections, sendTimeoutMs, ratePerSecond, retry, deliver, close };
  return new RunningSender({ channel: 'sms', ...options }, ledger, bell);
}
