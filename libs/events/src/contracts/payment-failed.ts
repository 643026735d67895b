import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { payments } from '../topics.ts';
import { FailureCode } from './fields.ts';
import { payment } from './payment.ts';

/** A payment provider says that an attempt to pay failed; another attempt may follow. */
export const paymentFailed = defineEvent({
  type: 'payment.failed',
  version: 1,
  topic: payments,
  key: 'order_id',
  payload: Type.Object({ ...payment, failure_code: FailureCode }),
});
