import { type DynamicModule, Module } from '@nestjs/common';
import { DeadLetterStore } from './dead-letter-store.ts';
import { GroupWatch } from './group-watch.ts';
import { LAG_SETTINGS, type LagSettings } from './lag-settings.ts';
import { LagStore } from './lag-store.ts';
import { Leadership } from './leadership.ts';

/** The watch over all consumer groups: verdicts, metrics, alerts, open dead letters. */
@Module({})
export class LagModule {
  static register(settings: LagSettings): DynamicModule {
    return {
      module: LagModule,
      providers: [
        DeadLetterStore,
        GroupWatch,
        LagStore,
        Leadership,
        { provide: LAG_SETTINGS, useValue: settings },
      ],
    };
  }
}
