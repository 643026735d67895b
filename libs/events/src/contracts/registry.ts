import type { EventContract } from '../contract.ts';
import { orderCancellationRefused } from './order-cancellation-refused.ts';
import { orderCancellationRequested } from './order-cancellation-requested.ts';
import { orderCancelled } from './order-cancelled.ts';
import { orderConfirmed } from './order-confirmed.ts';
import { orderCreated } from './order-created.ts';
import { orderPaid } from './order-paid.ts';
import { orderRejected } from './order-rejected.ts';

/** Every contract there is. A type that is not here is known to nobody. */
export const contracts: readonly EventContract[] = [
  orderCreated,
  orderConfirmed,
  orderRejected,
  orderPaid,
  orderCancelled,
  orderCancellationRequested,
  orderCancellationRefused,
];
