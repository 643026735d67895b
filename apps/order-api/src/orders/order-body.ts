import { fields } from '@orderstream/events';
import Type, { type Static } from 'typebox';
import { NewEmail } from '../email-field.ts';

const closed = { additionalProperties: false } as const;

/** The body of POST /v1/orders. Unknown members are refused: a typo is a bug. */
export const NewOrder = Type.Object(
  {
    customer_id: fields.CustomerId,
    currency: fields.Currency,
    items: Type.Array(
      Type.Object({ sku: fields.Sku, quantity: fields.Quantity, unit_amount: fields.UnitAmount }, closed),
      { minItems: 1, maxItems: 100 },
    ),
    contact: Type.Optional(
      Type.Object({ email: Type.Optional(NewEmail), phone: Type.Optional(fields.Phone) }, closed),
    ),
  },
  closed,
);
export type NewOrder = Static<typeof NewOrder>;

export const newOrderExample: NewOrder = {
  customer_id: 'customer-42',
  currency: 'EUR',
  items: [
    { sku: 'COFFEE-1KG', quantity: 2, unit_amount: 1890 },
    { sku: 'FILTER-100', quantity: 1, unit_amount: 350 },
  ],
  contact: { email: 'ada@example.com', phone: '+4930123456' },
};
