import { Module } from '@nestjs/common';
import { LookupLedger } from './lookup-ledger.ts';
import { NotificationLedger } from './notification-ledger.ts';
import { QueueBell } from './queue-bell.ts';
import { QueueGauges } from './queue-gauges.ts';

@Module({
  providers: [NotificationLedger, LookupLedger, QueueBell, QueueGauges],
  exports: [NotificationLedger, LookupLedger, QueueBell],
})
export class LedgerModule {}
