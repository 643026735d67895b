import { Inject, Injectable } from '@nestjs/common';
import type { Answer } from '../answer.ts';
import type { StoredEvent } from '../read-model/feed-events.ts';
import { OrderQueries } from '../read-model/order-queries.ts';
import { OrderWaits } from '../read-model/order-waits.ts';

/** Answers a caller who would rather wait until the worker has ruled on the order. */
@Injectable()
export class AwaitRuling {
  constructor(
    @Inject(OrderWaits) private readonly waits: OrderWaits,
    @Inject(OrderQueries) private readonly queries: OrderQueries,
  ) {}

  /** 201 with the order once it is ruled on; the answer as it was when that takes too long, or `signal` aborts. */
  async answer(accepted: Answer, waitSeconds: number, signal: AbortSignal): Promise<Answer> {
    const { order_id: orderId } = JSON.parse(accepted.body) as { order_id: string };
    const wanted = { timeoutMs: waitSeconds * 1000, signal };
    if ((await this.waits.until(orderId, isRuling, wanted)) !== 'seen') return accepted;
    // The order is accepted already: a database that fails right now must not make it look otherwise.
    const order = await this.queries.find(orderId).catch(() => undefined);
    if (order === undefined) return accepted;
    return {
      status: 201,
      headers: { ...accepted.headers, 'preference-applied': `wait=${waitSeconds}` },
      body: JSON.stringify(order),
    };
  }
}

function isRuling({ event_type }: StoredEvent): boolean {
  return event_type === 'order.confirmed' || event_type === 'order.rejected';
}
