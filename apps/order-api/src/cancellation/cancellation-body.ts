import { fields } from '@orderstream/events';
import Type, { type Static } from 'typebox';

/** The body of POST /v1/orders/{order_id}/cancellation. */
export const Cancellation = Type.Object(
  { reason: Type.Optional(fields.ReasonText) },
  { additionalProperties: false },
);
export type Cancellation = Static<typeof Cancellation>;

export const cancellationExample: Cancellation = { reason: 'Ordered twice by mistake.' };
