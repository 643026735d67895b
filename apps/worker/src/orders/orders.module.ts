import { type DynamicModule, Module } from '@nestjs/common';
import { AMOUNT_LIMITS } from './amount-limits.ts';
import { CancellationStore } from './cancellation-store.ts';
import { OrderStore } from './order-store.ts';
import type { AmountLimits } from './order.rules.ts';
import { PaymentStore } from './payment-store.ts';
import { ProcessOrders } from './process-orders.ts';
import { ProcessPayments } from './process-payments.ts';

/** The orders and their payments. */
@Module({})
export class OrdersModule {
  static register(limits: AmountLimits): DynamicModule {
    return {
      module: OrdersModule,
      providers: [
        OrderStore,
        CancellationStore,
        PaymentStore,
        ProcessOrders,
        ProcessPayments,
        { provide: AMOUNT_LIMITS, useValue: limits },
      ],
    };
  }
}
