import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { orders } from '../topics.ts';
import { OrderId, Reason } from './fields.ts';

/** The worker could not cancel: the order’s state forbids it. */
export const orderCancellationRefused = defineEvent({
  type: 'order.cancellation_refused',
  version: 1,
  topic: orders,
  key: 'order_id',
  payload: Type.Object({
    order_id: OrderId,
    reason: Reason,
  }),
});
