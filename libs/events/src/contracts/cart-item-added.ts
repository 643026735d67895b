import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { webEvents } from '../topics.ts';
import { Currency, Quantity, Sku, UnitAmount } from './fields.ts';
import { webSession } from './web-session.ts';

/** A visitor put a product into the cart: the second step of the funnel. */
export const cartItemAdded = defineEvent({
  type: 'cart.item_added',
  version: 1,
  topic: webEvents,
  key: 'session_id',
  payload: Type.Object({
    ...webSession,
    properties: Type.Object({ sku: Sku, quantity: Quantity, unit_amount: UnitAmount, currency: Currency }),
  }),
});
