import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { orders } from '../topics.ts';
import { Amount, Contact, Currency, CustomerId, OrderId, OrderItems } from './fields.ts';

/** order-api accepted an order. `amount_total` is the sum of the items, in minor units. */
export const orderCreated = defineEvent({
  type: 'order.created',
  version: 1,
  topic: orders,
  key: 'order_id',
  payload: Type.Object({
    order_id: OrderId,
    customer_id: CustomerId,
    currency: Currency,
    amount_total: Amount,
    items: OrderItems,
    contact: Type.Optional(Contact),
  }),
});
