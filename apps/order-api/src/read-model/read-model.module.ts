import { type DynamicModule, Module } from '@nestjs/common';
import { FeedEvents } from './feed-events.ts';
import { LateOrders } from './late-orders.ts';
import { MAX_FOLLOWERS, OrderFeed } from './order-feed.ts';
import { OrderQueries } from './order-queries.ts';
import { OrderStore } from './order-store.ts';
import { OrderWaits } from './order-waits.ts';
import { ProjectOrders } from './project-orders.ts';

/** The orders as they are shown: projected from the log, queried, followed. */
@Module({})
export class ReadModelModule {
  static register({ maxFollowers }: { readonly maxFollowers: number }): DynamicModule {
    return {
      module: ReadModelModule,
      providers: [
        OrderStore,
        ProjectOrders,
        OrderQueries,
        FeedEvents,
        OrderFeed,
        LateOrders,
        OrderWaits,
        { provide: MAX_FOLLOWERS, useValue: maxFollowers },
      ],
      exports: [OrderQueries, OrderFeed, OrderWaits, LateOrders],
    };
  }
}
