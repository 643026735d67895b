import { Module } from '@nestjs/common';
import { NotificationLedger } from './notification-ledger.ts';
import { QueueBell } from './queue-bell.ts';
import { QueueGauges } from './queue-gauges.ts';

@Module({ providers: [NotificationLedger, QueueBell, QueueGauges], exports: [NotificationLedger, QueueBell] })
export class LedgerModule {}
