import { type DynamicModule, Module } from '@nestjs/common';
import { EventsModule } from '@orderstream/events/nest';
import { DatabaseModule } from '@orderstream/transactional';
import { migrations } from '#migrations';
import type { NotifierConfig } from './config.ts';
import { EmailModule } from './email/email.module.ts';
import { IntakeModule } from './intake/intake.module.ts';

/** The notifier: events come in, go through the ledger, and out to the gateway. */
@Module({})
export class AppModule {
  static register(config: NotifierConfig): DynamicModule {
    const { database, kafka, concurrency, mailDomain, email } = config;
    return {
      module: AppModule,
      imports: [
        DatabaseModule.register({ service: 'notifier', schema: 'notifier', migrations, ...database }),
        EventsModule.register({ kafka, groups: ['notifier'], concurrency }),
        IntakeModule.register(mailDomain),
        EmailModule.register(email),
      ],
    };
  }
}
