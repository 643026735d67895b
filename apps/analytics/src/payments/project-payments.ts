import { Inject, Injectable } from '@nestjs/common';
import { paymentFailed, paymentProcessed, PermanentError } from '@orderstream/events';
import { OnEvents } from '@orderstream/events/nest';
import type { Transaction } from '@orderstream/transactional';
import { WarehouseNews } from '../warehouse/warehouse-news.ts';
import { paymentFactOf, type PaymentEvent } from './payment-fact.ts';
import { PaymentFactStore } from './payment-fact-store.ts';

/** Keeps the facts about payments and their rollup up to date. Emits nothing. */
@Injectable()
export class ProjectPayments {
  constructor(
    @Inject(PaymentFactStore) private readonly store: PaymentFactStore,
    @Inject(WarehouseNews) private readonly news: WarehouseNews,
  ) {}

  /**
   * Events may come again and in any order: an outcome of a payment that is known counts nothing.
   * @throws PermanentError `conflict` when an outcome is told again for another order or sum; the first one stays
   */
  @OnEvents('analytics', paymentProcessed, paymentFailed)
  async apply(events: PaymentEvent[], tx: Transaction): Promise<void> {
    const facts = events.map(paymentFactOf);
    const added = await this.store.merge(tx, facts);
    if (added < facts.length) await this.#requireSame(events, tx);
    tx.afterCommit(() => this.news.tell());
  }

  async #requireSame(events: readonly PaymentEvent[], tx: Transaction): Promise<void> {
    const known = new Map(
      (await this.store.known(tx, events.map(paymentFactOf))).map((payment) => [nameOf(payment), payment]),
    );
    for (const event of events) {
      const { order_id, currency, amount } = event.payload;
      const first = known.get(nameOf(paymentFactOf(event)));
      if (first?.order_id === order_id && first.currency === currency && first.amount === amount) continue;
      throw new PermanentError('conflict', 'another payment has this payment_id; the first one stays', {
        event,
      });
    }
  }
}

function nameOf({ payment_id, outcome }: { payment_id: string; outcome: string }): string {
  return `${payment_id} ${outcome}`;
}
