import { Module } from '@nestjs/common';
import { WarehouseModule } from '../warehouse/warehouse.module.ts';
import { PaymentFactStore } from './payment-fact-store.ts';
import { ProjectPayments } from './project-payments.ts';

/** The fact "payments": how it gets into the warehouse. */
@Module({
  imports: [WarehouseModule],
  providers: [{ provide: PaymentFactStore, useFactory: () => new PaymentFactStore() }, ProjectPayments],
})
export class PaymentsModule {}
