import { type DynamicModule, Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.ts';
import { PeopleModule } from '../people/people.module.ts';
import type { PlanSettings } from './plan-notifications.rules.ts';
import { PLAN_SETTINGS, TakeEvents } from './take-events.ts';

/** From events to rows of the ledger. */
@Module({})
export class IntakeModule {
  static register(settings: PlanSettings): DynamicModule {
    return {
      module: IntakeModule,
      imports: [LedgerModule, PeopleModule],
      providers: [TakeEvents, { provide: PLAN_SETTINGS, useValue: settings }],
    };
  }
}
