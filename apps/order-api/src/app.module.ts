import { type DynamicModule, Module } from '@nestjs/common';
import { EventsModule } from '@orderstream/events/nest';
import { DatabaseModule } from '@orderstream/transactional';
import { migrations } from '#migrations';
import type { OrderApiConfig } from './config.ts';
import { AcceptanceModule } from './acceptance/acceptance.module.ts';
import { CancellationModule } from './cancellation/cancellation.module.ts';
import { IdempotencyModule } from './idempotency/idempotency.module.ts';
import { OrdersModule } from './orders/orders.module.ts';
import { PaymentsModule } from './payments/payments.module.ts';
import { ReadModelModule } from './read-model/read-model.module.ts';
import { UsersModule } from './users/users.module.ts';
import { WebEventsModule } from './web-events/web-events.module.ts';

/** No request and no batch takes as long as this, ms, unless the database is in trouble. */
const STATEMENT_TIMEOUT_MS = 10_000;

@Module({})
export class AppModule {
  static register(config: OrderApiConfig): DynamicModule {
    const { kafka, database, concurrency, maxFollowers, idempotency } = config;
    const readModel = ReadModelModule.register({ maxFollowers });
    const acceptance = AcceptanceModule.register(IdempotencyModule.register(idempotency));
    return {
      module: AppModule,
      imports: [
        DatabaseModule.register({
          service: 'order-api',
          schema: 'order_api',
          ...database,
          statementTimeoutMs: STATEMENT_TIMEOUT_MS,
          migrations,
          concurrency,
        }),
        EventsModule.register({ kafka, groups: ['order-api'] }),
        OrdersModule.register(acceptance, readModel),
        CancellationModule.register(acceptance, readModel),
        PaymentsModule.register(acceptance),
        UsersModule.register(acceptance),
        WebEventsModule.register(kafka, acceptance),
      ],
    };
  }
}
