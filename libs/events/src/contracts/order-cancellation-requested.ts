import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { orders } from '../topics.ts';
import { OrderId, ReasonText } from './fields.ts';

/** Somebody asked order-api to cancel; the worker rules on it. */
export const orderCancellationRequested = defineEvent({
  type: 'order.cancellation_requested',
  version: 1,
  topic: orders,
  key: 'order_id',
  payload: Type.Object({
    order_id: OrderId,
    reason: Type.Optional(ReasonText),
  }),
});
