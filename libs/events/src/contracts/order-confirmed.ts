import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { orders } from '../topics.ts';
import { orderSummary } from './order-summary.ts';

/** The worker accepted the order for fulfilment. */
export const orderConfirmed = defineEvent({
  type: 'order.confirmed',
  version: 1,
  topic: orders,
  key: 'order_id',
  payload: Type.Object({ ...orderSummary }),
});
