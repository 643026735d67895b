import { Module } from '@nestjs/common';
import { WarehouseModule } from '../warehouse/warehouse.module.ts';
import { OrderFactStore } from './order-fact-store.ts';
import { ProjectOrders } from './project-orders.ts';

/** The fact "orders": how it gets into the warehouse. */
@Module({
  imports: [WarehouseModule],
  providers: [{ provide: OrderFactStore, useFactory: () => new OrderFactStore() }, ProjectOrders],
})
export class OrdersModule {}
