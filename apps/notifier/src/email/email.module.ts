import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.ts';
import { NotificationLedger } from '../ledger/notification-ledger.ts';
import { QueueBell } from '../ledger/queue-bell.ts';
import { Sender } from '../sending/sender.ts';
import { SenderReadiness } from '../sending/sender-readiness.ts';
import type { RetryRules } from '../sending/sending.rules.ts';
import { emailDelivery } from './deliver-email.ts';
import { SmtpGateway } from './smtp-gateway.ts';

export interface EmailSettings {
  readonly smtpUrl: string;
  readonly from: string;
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly retry: RetryRules;
}

/** From rows of the ledger to the mail gateway. Sends for as long as the service runs, and goes on when it stops until nothing is under way. */
@Module({})
export class EmailModule implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(Sender) private readonly sender: Sender,
    @Inject(SmtpGateway) private readonly gateway: SmtpGateway,
    @Inject(QueueBell) private readonly bell: QueueBell,
  ) {}

  static register(settings: EmailSettings): DynamicModule {
    return {
      module: EmailModule,
      imports: [LedgerModule],
      providers: [
        { provide: SmtpGateway, useFactory: () => gatewayOf(settings) },
        {
          provide: Sender,
          inject: [SmtpGateway, NotificationLedger],
          useFactory: (gateway: SmtpGateway, ledger: NotificationLedger) =>
            senderOf(settings, gateway, ledger),
        },
        {
          provide: SenderReadiness,
          inject: [Sender],
          useFactory: (sender: Sender) => new SenderReadiness('email', sender),
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.bell.onRing(() => this.sender.wake());
    this.sender.start();
  }

  onModuleDestroy(): void {
    this.sender.beginStop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sender.stop();
    this.gateway.close();
  }
}

function gatewayOf({ smtpUrl, connections, connectTimeoutMs, sendTimeoutMs }: EmailSettings): SmtpGateway {
  return new SmtpGateway({ url: smtpUrl, connections, connectTimeoutMs, answerTimeoutMs: sendTimeoutMs });
}

function senderOf(
  { from, connections, sendTimeoutMs, retry }: EmailSettings,
  gateway: SmtpGateway,
  ledger: NotificationLedger,
): Sender {
  const owner = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  const deliver = emailDelivery(gateway, from);
  return new Sender({ channel: 'email', owner, connections, sendTimeoutMs, retry, deliver }, ledger);
}
