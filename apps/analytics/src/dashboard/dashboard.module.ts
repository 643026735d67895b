import { type DynamicModule, Module } from '@nestjs/common';
import { WarehouseModule } from '../warehouse/warehouse.module.ts';
import { DashboardFeed } from './dashboard-feed.ts';
import { DashboardQuery } from './dashboard-query.ts';
import { DASHBOARD_SETTINGS, type DashboardSettings } from './dashboard-settings.ts';
import { DashboardController } from './dashboard.controller.ts';
import { Intake } from './intake.ts';
import { OrderStoryQuery } from './order-story-query.ts';
import { PageController } from './page.controller.ts';
import { PageFiles } from './page-files.ts';
import { PanelsQuery } from './panels-query.ts';
import { SnapshotSource } from './snapshot-source.ts';

/** The live dashboard: the page, its stream, and the same as JSON. */
@Module({})
export class DashboardModule {
  static register(settings: DashboardSettings): DynamicModule {
    return {
      module: DashboardModule,
      imports: [WarehouseModule],
      controllers: [DashboardController, PageController],
      providers: [
        DashboardFeed,
        DashboardQuery,
        Intake,
        OrderStoryQuery,
        PanelsQuery,
        SnapshotSource,
        PageFiles,
        { provide: DASHBOARD_SETTINGS, useValue: settings },
      ],
    };
  }
}
