import { type DynamicModule, Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.ts';
import { MAIL_DOMAIN, TakeEvents } from './take-events.ts';

/** From events to rows of the ledger. */
@Module({})
export class IntakeModule {
  static register(mailDomain: string): DynamicModule {
    return {
      module: IntakeModule,
      imports: [LedgerModule],
      providers: [TakeEvents, { provide: MAIL_DOMAIN, useValue: mailDomain }],
    };
  }
}
