import { type DynamicModule, Module } from '@nestjs/common';
import { EventsModule } from '@orderstream/events/nest';
import { DatabaseModule } from '@orderstream/transactional';
import { migrations } from '#migrations';
import type { AnalyticsConfig } from './config.ts';
import { DashboardModule } from './dashboard/dashboard.module.ts';
import { FraudModule } from './fraud/fraud.module.ts';
import { LagModule } from './lag/lag.module.ts';
import { OrdersModule } from './orders/orders.module.ts';
import { PaymentsModule } from './payments/payments.module.ts';
import { UsersModule } from './users/users.module.ts';
import { WebEventsModule } from './web-events/web-events.module.ts';

@Module({})
export class AppModule {
  static register(config: AnalyticsConfig): DynamicModule {
    const { kafka, database, concurrency, dashboard, fraud, lag, webEvents } = config;
    return {
      module: AppModule,
      imports: [
        EventsModule.register({ kafka, groups: ['analytics', 'fraud'] }),
        DatabaseModule.register({
          service: 'analytics',
          schema: 'analytics',
          ...database,
          migrations,
          concurrency,
        }),
        OrdersModule,
        PaymentsModule,
        UsersModule,
        WebEventsModule.register(webEvents),
        FraudModule.register(fraud),
        LagModule.register(lag),
        DashboardModule.register(dashboard),
      ],
    };
  }
}
