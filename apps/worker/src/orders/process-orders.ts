import { Inject, Injectable } from '@nestjs/common';
import { orderCreated, type Emission, type EventOf } from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { OrderStore } from './order-store.ts';
import type { Order } from './order.ts';
import { decide, type AmountLimits } from './order.rules.ts';

/** Injection token of the AmountLimits. */
export const AMOUNT_LIMITS = Symbol('AmountLimits');

/** Rules on every order, once: load what the batch touches, decide event by event, store what changed. */
@Injectable()
export class ProcessOrders {
  constructor(
    @Inject(OrderStore) private readonly store: OrderStore,
    @Inject(AMOUNT_LIMITS) private readonly limits: AmountLimits,
  ) {}

  /** Events of one order come in their order, also within the batch. A repeated event changes nothing. */
  @OnEvents('worker', orderCreated)
  async apply(events: EventOf<typeof orderCreated>[], tx: Transaction): Promise<Emission[]> {
    const orders = await this.store.load(
      tx,
      events.map(({ payload }) => payload.order_id),
    );
    const changed = new Map<string, Order>();
    const emissions: Emission[] = [];
    for (const event of events) {
      const decision = decide(orders.get(event.payload.order_id), event, this.limits);
      if (decision === undefined) continue;
      orders.set(decision.order.order_id, decision.order);
      changed.set(decision.order.order_id, decision.order);
      emissions.push(...decision.emits);
    }
    await this.store.save(tx, [...changed.values()]);
    return emissions;
  }
}
