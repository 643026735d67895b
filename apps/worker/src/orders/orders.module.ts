import { type DynamicModule, Module } from '@nestjs/common';
import { OrderStore } from './order-store.ts';
import type { AmountLimits } from './order.rules.ts';
import { AMOUNT_LIMITS, ProcessOrders } from './process-orders.ts';

@Module({})
export class OrdersModule {
  static register(limits: AmountLimits): DynamicModule {
    return {
      module: OrdersModule,
      providers: [OrderStore, ProcessOrders, { provide: AMOUNT_LIMITS, useValue: limits }],
    };
  }
}
