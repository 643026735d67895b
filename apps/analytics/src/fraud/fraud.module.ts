import { type DynamicModule, Module } from '@nestjs/common';
import { WarehouseModule } from '../warehouse/warehouse.module.ts';
import { FailedPaymentStore } from './failed-payment-store.ts';
import { FindFraud } from './find-fraud.ts';
import { FraudPurge } from './fraud-purge.ts';
import { FRAUD_SETTINGS, type FraudSettings } from './fraud-settings.ts';
import { MarkStore } from './mark-store.ts';
import { RaiseSuspicions } from './raise-suspicions.ts';
import { SuspectOrderStore } from './suspect-order-store.ts';
import { SuspicionStore } from './suspicion-store.ts';

/** The consumer group `fraud`: rules over orders and failed payments, and the suspicions they raise. */
@Module({})
export class FraudModule {
  static register(settings: FraudSettings): DynamicModule {
    return {
      module: FraudModule,
      imports: [WarehouseModule],
      providers: [
        { provide: FRAUD_SETTINGS, useValue: settings },
        { provide: MarkStore, useFactory: () => new MarkStore(settings) },
        FailedPaymentStore,
        FindFraud,
        FraudPurge,
        RaiseSuspicions,
        SuspectOrderStore,
        SuspicionStore,
      ],
    };
  }
}
