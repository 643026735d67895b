import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { webEvents } from '../topics.ts';
import { Amount, Currency, ItemCount } from './fields.ts';
import { webSession } from './web-session.ts';

/** A visitor went to the checkout: the third step of the funnel. */
export const checkoutStarted = defineEvent({
  type: 'checkout.started',
  version: 1,
  topic: webEvents,
  key: 'session_id',
  payload: Type.Object({
    ...webSession,
    properties: Type.Object({ amount: Amount, currency: Currency, item_count: ItemCount }),
  }),
});
