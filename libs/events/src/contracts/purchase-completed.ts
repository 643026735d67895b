import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { webEvents } from '../topics.ts';
import { Amount, Currency, OrderId } from './fields.ts';
import { webSession } from './web-session.ts';

/** A visitor bought: the last step of the funnel. */
export const purchaseCompleted = defineEvent({
  type: 'purchase.completed',
  version: 1,
  topic: webEvents,
  key: 'session_id',
  payload: Type.Object({
    ...webSession,
    properties: Type.Object({ order_id: OrderId, amount: Amount, currency: Currency }),
  }),
});
