import { Inject, Injectable } from '@nestjs/common';
import { orderCancelled, orderConfirmed, orderCreated, orderPaid, orderRejected } from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { WarehouseNews } from '../warehouse/warehouse-news.ts';
import type { OrderEvent } from './order-fact.ts';
import { factsOf, requireSameOrder } from './order-fact.rules.ts';
import { OrderFactStore } from './order-fact-store.ts';

/** Keeps the orders' facts and the revenue rollup up to date. Emits nothing. */
@Injectable()
export class ProjectOrders {
  constructor(
    @Inject(OrderFactStore) private readonly store: OrderFactStore,
    @Inject(WarehouseNews) private readonly news: WarehouseNews,
  ) {}

  /**
   * Events may come again and in any order: what is known already changes nothing and counts nothing.
   * @throws PermanentError `conflict` when an order.created tells another order than the one known under its id
   */
  @OnEvents('analytics', orderCreated, orderConfirmed, orderRejected, orderPaid, orderCancelled)
  async apply(events: OrderEvent[], tx: Transaction): Promise<void> {
    const facts = factsOf(events);
    const known = await this.store.merge(tx, facts);
    if (known.size > 0) {
      const contents = await this.store.contentOf(tx, known);
      for (const fact of facts) {
        const content = contents.get(fact.order_id);
        if (content !== undefined) requireSameOrder(content, fact, () => createdOf(events, fact.order_id));
      }
    }
    tx.afterCommit(() => this.news.tell());
  }
}

/** The event that told the content of an order, when it is among these. */
function createdOf(events: readonly OrderEvent[], orderId: string): OrderEvent | undefined {
  return events.find(
    ({ event_type, payload }) => event_type === 'order.created' && payload.order_id === orderId,
  );
}
