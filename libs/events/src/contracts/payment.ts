import { Amount, Currency, OrderId, PaymentId, PaymentMethod } from './fields.ts';

/** What a payment's outcome says, whichever it is. `amount` is in minor units of `currency`. */
export const payment = {
  payment_id: PaymentId,
  order_id: OrderId,
  currency: Currency,
  amount: Amount,
  method: PaymentMethod,
};
