import type { PayloadOf, orderCancellationRefused } from '@orderstream/events';
import type { OrderStatus } from '../read-model/order.ts';

type Reason = PayloadOf<typeof orderCancellationRefused>['reason'];

/** Where nothing can be cancelled any more, and why; the codes are those of `order.cancellation_refused`. */
const REFUSALS: Partial<Record<OrderStatus, Reason>> = {
  rejected: { code: 'already_rejected', detail: 'A rejected order cannot be cancelled.' },
  cancelled: { code: 'already_cancelled', detail: 'The order is cancelled already.' },
};

/** Undefined when an order of this status may be cancelled, or may come to be: an accepted one waits for the worker. */
export function refusalOf(status: OrderStatus): Reason | undefined {
  return REFUSALS[status];
}
