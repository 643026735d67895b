import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { webEvents } from '../topics.ts';
import { Currency, Sku, UnitAmount } from './fields.ts';
import { webSession } from './web-session.ts';

/** A visitor looked at a product: the first step of the funnel. */
export const productViewed = defineEvent({
  type: 'product.viewed',
  version: 1,
  topic: webEvents,
  key: 'session_id',
  payload: Type.Object({
    ...webSession,
    properties: Type.Object({
      sku: Sku,
      unit_amount: Type.Optional(UnitAmount),
      currency: Type.Optional(Currency),
    }),
  }),
});
