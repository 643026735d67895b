import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { orders } from '../topics.ts';
import { Reason } from './fields.ts';
import { orderSummary } from './order-summary.ts';

/** The worker refused the order. Final. */
export const orderRejected = defineEvent({
  type: 'order.rejected',
  version: 1,
  topic: orders,
  key: 'order_id',
  payload: Type.Object({ ...orderSummary, reason: Reason }),
});
