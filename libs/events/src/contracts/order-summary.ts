import Type from 'typebox';
import { Amount, Contact, Currency, CustomerId, ItemCount, OrderId } from './fields.ts';

/** What every ruling on an order repeats of it, so that readers need not have kept the order itself. */
export const orderSummary = {
  order_id: OrderId,
  customer_id: CustomerId,
  currency: Currency,
  amount_total: Amount,
  item_count: ItemCount,
  contact: Type.Optional(Contact),
};
