import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { orders } from '../topics.ts';
import { PaymentId } from './fields.ts';
import { orderSummary } from './order-summary.ts';

/** A payment that matches the order arrived. */
export const orderPaid = defineEvent({
  type: 'order.paid',
  version: 1,
  topic: orders,
  key: 'order_id',
  payload: Type.Object({ ...orderSummary, payment_id: PaymentId }),
});
