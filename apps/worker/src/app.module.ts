import { type DynamicModule, Module } from '@nestjs/common';
import { EventsModule } from '@orderstream/events/nest';
import { DatabaseModule } from '@orderstream/transactional';
import { migrations } from '#migrations';
import type { WorkerConfig } from './config.ts';
import { OrdersModule } from './orders/orders.module.ts';

/** The worker: PostgreSQL, Kafka, and the orders between them. */
@Module({})
export class AppModule {
  static register(config: WorkerConfig): DynamicModule {
    const { database, kafka, concurrency, amountLimits } = config;
    return {
      module: AppModule,
      imports: [
        DatabaseModule.register({
          service: 'worker',
          schema: 'worker',
          migrations,
          ...database,
          concurrency,
        }),
        EventsModule.register({ kafka, groups: ['worker'] }),
        OrdersModule.register(amountLimits),
      ],
    };
  }
}
