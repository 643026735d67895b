import { fields } from '@orderstream/events';
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;

const payment = {
  order_id: fields.OrderId,
  payment_id: Type.Optional(fields.PaymentId),
  currency: fields.Currency,
  amount: fields.Amount,
  method: fields.PaymentMethod,
};

/** The body of POST /v1/payments: `failure_code` is there exactly when the payment failed. */
export const NewPayment = Type.Union([
  Type.Object({ ...payment, outcome: Type.Literal('succeeded') }, closed),
  Type.Object({ ...payment, outcome: Type.Literal('failed'), failure_code: fields.FailureCode }, closed),
]);
export type NewPayment = Static<typeof NewPayment>;

export const newPaymentExample: NewPayment = {
  order_id: '019a8c4e-7b1a-7c3e-9f54-2f6d0a4be001',
  payment_id: 'pay_7Qx2',
  outcome: 'succeeded',
  currency: 'EUR',
  amount: 4130,
  method: 'card',
};
