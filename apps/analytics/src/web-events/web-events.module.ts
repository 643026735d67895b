import { type DynamicModule, Module } from '@nestjs/common';
import { Database } from '@orderstream/transactional';
import { WarehouseModule } from '../warehouse/warehouse.module.ts';
import { DayKeeper, WEB_EVENT_RETENTION_MS } from './day-keeper.ts';
import { ProjectWebEvents } from './project-web-events.ts';
import { WebEventDays } from './web-event-days.ts';
import { WebEventStore } from './web-event-store.ts';

/** Web events: how they get into the warehouse, and out of it when they are old. */
@Module({})
export class WebEventsModule {
  static register({ retentionMs }: { readonly retentionMs: number }): DynamicModule {
    return {
      module: WebEventsModule,
      imports: [WarehouseModule],
      providers: [
        WebEventStore,
        ProjectWebEvents,
        DayKeeper,
        {
          provide: WebEventDays,
          inject: [Database],
          useFactory: (database: Database) => new WebEventDays(database),
        },
        { provide: WEB_EVENT_RETENTION_MS, useValue: retentionMs },
      ],
    };
  }
}
