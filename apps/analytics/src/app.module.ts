import { type DynamicModule, Module } from '@nestjs/common';
import { EventsModule } from '@orderstream/events/nest';
import { DatabaseModule } from '@orderstream/transactional';
import { migrations } from '#migrations';
import type { AnalyticsConfig } from './config.ts';
import { DashboardModule } from './dashboard/dashboard.module.ts';
import { OrdersModule } from './orders/orders.module.ts';

@Module({})
export class AppModule {
  static register({ kafka, database, concurrency, dashboard }: AnalyticsConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        EventsModule.register({ kafka, groups: ['analytics'], concurrency }),
        DatabaseModule.register({ service: 'analytics', schema: 'analytics', ...database, migrations }),
        OrdersModule,
        DashboardModule.register(dashboard),
      ],
    };
  }
}
