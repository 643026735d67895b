import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '@orderstream/service';
import type { Finding } from '../acceptance/acceptance.ts';
import { noSuchOrder } from '../orders/no-such-order.ts';
import { OrderQueries } from '../read-model/order-queries.ts';
import { OrderWaits } from '../read-model/order-waits.ts';
import { refusalOf } from './cancellable.rules.ts';

/** Says, as far as the read model knows, whether an order may be cancelled. The worker has the last word. */
@Injectable()
export class Cancellable {
  constructor(
    @Inject(OrderQueries) private readonly queries: OrderQueries,
    @Inject(OrderWaits) private readonly waits: OrderWaits,
  ) {}

  /**
   * An order accepted a moment ago is waited for. What this very request has led to already does not speak against it: it stands before
   * that in the timeline.
   * @param eventId of the request's event, which an earlier attempt may have sent
   * @param signal aborts when nobody waits for the answer any more
   * @throws Problem 404, 409 with the reason, or 503 `not-accepted` when it cannot be known
   */
  async check(orderId: string, eventId: string, signal: AbortSignal): Promise<Finding> {
    const order = await this.waits.read(orderId, () => this.queries.find(orderId), signal);
    if (order === undefined) throw noSuchOrder();
    if (order.timeline.some(({ event_id }) => event_id === eventId)) return 'in-log';
    const reason = refusalOf(order.status);
    if (reason === undefined) return 'allowed';
    throw new Problem({
      status: 409,
      kind: 'not-cancellable',
      title: 'The order cannot be cancelled',
      detail: reason.detail,
      members: { reason },
    });
  }
}
