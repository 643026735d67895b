import { Inject, Injectable } from '@nestjs/common';
import {
  orderCancellationRefused,
  orderCancellationRequested,
  orderCancelled,
  orderConfirmed,
  orderCreated,
  orderPaid,
  orderRejected,
} from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { OrderFeed } from './order-feed.ts';
import { OrderStore } from './order-store.ts';
import type { OrderEvent, ProjectedOrder } from './order.ts';
import { project } from './order-projection.rules.ts';
import { happensOnce, withoutRepeats } from './repeated-steps.rules.ts';

/** Keeps the read model: load what the batch touches, project event by event, store what changed, wake who waits for it. */
@Injectable()
export class ProjectOrders {
  constructor(
    @Inject(OrderStore) private readonly store: OrderStore,
    @Inject(OrderFeed) private readonly feed: Pick<OrderFeed, 'changed'>,
  ) {}

  /** Harmless to repeat, also under other event ids, and tolerant of an order's events coming out of their order. */
  @OnEvents(
    'order-api',
    orderCreated,
    orderConfirmed,
    orderRejected,
    orderPaid,
    orderCancelled,
    orderCancellationRequested,
    orderCancellationRefused,
  )
  async apply(events: OrderEvent[], tx: Transaction): Promise<void> {
    const ids = [...new Set(events.map(({ payload }) => payload.order_id))];
    const stored = await this.store.load(tx, ids);
    const orders = new Map<string, ProjectedOrder>(stored);
    const doubtful = new Set<OrderEvent>();
    for (const event of events) {
      const { order_id } = event.payload;
      const before = orders.get(order_id);
      const after = project(before, event);
      if (after === before && happensOnce(event)) doubtful.add(event);
      orders.set(order_id, after);
    }
    const touched = [...orders.values()];
    await this.store.save(
      tx,
      touched.filter(({ order_id }) => !stored.has(order_id)),
      touched.filter((order) => stored.has(order.order_id) && stored.get(order.order_id) !== order),
      withoutRepeats(events, doubtful, await this.store.stepsOf(tx, doubtful)),
    );
    tx.afterCommit(() => this.feed.changed(ids));
  }
}
