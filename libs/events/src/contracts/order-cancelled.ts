import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { orders } from '../topics.ts';
import { ReasonText } from './fields.ts';
import { orderSummary } from './order-summary.ts';

/** The order was cancelled. Final. */
export const orderCancelled = defineEvent({
  type: 'order.cancelled',
  version: 1,
  topic: orders,
  key: 'order_id',
  payload: Type.Object({ ...orderSummary, reason: Type.Optional(ReasonText) }),
});
