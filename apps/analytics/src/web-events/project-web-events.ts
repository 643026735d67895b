import { Inject, Injectable } from '@nestjs/common';
import {
  cartItemAdded,
  checkoutStarted,
  elementClicked,
  pageViewed,
  productViewed,
  purchaseCompleted,
} from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { WarehouseNews } from '../warehouse/warehouse-news.ts';
import type { WebEvent } from './web-event-row.rules.ts';
import { WebEventStore } from './web-event-store.ts';

/** Keeps the web events, the sessions, the funnel and the interest in products up to date. Emits nothing. */
@Injectable()
export class ProjectWebEvents {
  constructor(
    @Inject(WebEventStore) private readonly store: WebEventStore,
    @Inject(WarehouseNews) private readonly news: WarehouseNews,
  ) {}

  /** Events may come again and in any order: what is known already changes nothing and counts nothing. */
  @OnEvents(
    'analytics',
    pageViewed,
    elementClicked,
    productViewed,
    cartItemAdded,
    checkoutStarted,
    purchaseCompleted,
  )
  async apply(events: WebEvent[], tx: Transaction): Promise<void> {
    await this.store.merge(tx, events);
    tx.afterCommit(() => this.news.tell());
  }
}
