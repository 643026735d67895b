import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { payments } from '../topics.ts';
import { payment } from './payment.ts';

/** A payment provider says that the money is there. May come before its order, again, or with another amount than the order's. */
export const paymentProcessed = defineEvent({
  type: 'payment.processed',
  version: 1,
  topic: payments,
  key: 'order_id',
  payload: Type.Object(payment),
});
