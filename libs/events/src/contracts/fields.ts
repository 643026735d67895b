import Type from 'typebox';
import './formats.ts';

/** The fields that contracts and REST bodies share, each with its one definition. Amounts are minor units of `currency`. */
const IDENTIFIER = '^[A-Za-z0-9_-]+$';

export const OrderId = Type.String({ format: 'uuidv7', description: 'UUIDv7' });
export const EventId = Type.String({ format: 'uuidv7', description: 'UUIDv7' });
export const CustomerId = Type.String({ minLength: 1, maxLength: 64, pattern: IDENTIFIER });
export const Currency = Type.String({
  format: 'iso-4217',
  minLength: 3,
  maxLength: 3,
  description: 'ISO 4217 code, today’s list',
});
/** A sum of money: up to the largest integer that JSON readers keep exact. */
export const Amount = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'minor units of the currency',
});
export const UnitAmount = Type.Integer({
  minimum: 0,
  maximum: 1_000_000_000_000,
  description: 'minor units of the currency',
});
export const Sku = Type.String({ minLength: 1, maxLength: 64 });
export const Quantity = Type.Integer({ minimum: 1, maximum: 10_000 });
export const Email = Type.String({ format: 'email-address', minLength: 3, maxLength: 254 });
export const Phone = Type.String({ pattern: '^\\+[1-9][0-9]{1,14}$', description: 'E.164' });
export const ReasonText = Type.String({ maxLength: 500 });
export const Timestamp = Type.String({ format: 'utc-timestamp', description: 'RFC 3339, UTC, milliseconds' });

export const OrderItem = Type.Object({ sku: Sku, quantity: Quantity, unit_amount: UnitAmount });
export const OrderItems = Type.Array(OrderItem, { minItems: 1, maxItems: 100 });
export const Contact = Type.Object({ email: Type.Optional(Email), phone: Type.Optional(Phone) });
/** Why something was refused: a stable code for programs, a sentence for people. */
export const Reason = Type.Object({
  code: Type.String({ minLength: 1, maxLength: 64 }),
  detail: Type.String(),
});
export const PaymentId = Type.String({ minLength: 1, maxLength: 64, pattern: IDENTIFIER });
