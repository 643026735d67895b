import { type DynamicModule, Module } from '@nestjs/common';
import { EventsModule } from '@orderstream/events/nest';
import { DatabaseModule } from '@orderstream/transactional';
import { migrations } from '#migrations';
import type { NotifierConfig } from './config.ts';
import { EmailModule } from './email/email.module.ts';
import { IntakeModule } from './intake/intake.module.ts';
import { PreviewModule } from './preview/preview.module.ts';
import { SmsModule } from './sms/sms.module.ts';

/** The notifier: events come in, go through the ledger, and out to the gateways. */
@Module({})
export class AppModule {
  static register(config: NotifierConfig): DynamicModule {
    const { database, kafka, concurrency, plan, email, sms } = config;
    return {
      module: AppModule,
      imports: [
        DatabaseModule.register({
          service: 'notifier',
          schema: 'notifier',
          migrations,
          ...database,
          concurrency,
        }),
        EventsModule.register({ kafka, groups: ['notifier'] }),
        IntakeModule.register(plan),
        EmailModule.register(email),
        SmsModule.register(sms),
        PreviewModule,
      ],
    };
  }
}
