import { type DynamicModule, Module } from '@nestjs/common';
import { LagMonitor } from './lag-monitor.ts';
import { LAG_SETTINGS, type LagSettings } from './lag-settings.ts';
import { LagStore } from './lag-store.ts';

/** The watch over all consumer groups: verdicts, metrics, alerts. */
@Module({})
export class LagModule {
  static register(settings: LagSettings): DynamicModule {
    return {
      module: LagModule,
      providers: [LagStore, LagMonitor, { provide: LAG_SETTINGS, useValue: settings }],
    };
  }
}
