import Type, { type TString } from 'typebox';
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
/** Text as people write it: any Unicode that a database can keep. Lengths count code points. */
function text(minLength: number, maxLength: number): TString {
  return Type.String({ format: 'storable-text', minLength, maxLength });
}

export const Sku = text(1, 64);
export const Quantity = Type.Integer({ minimum: 1, maximum: 10_000 });
export const Email = Type.String({ format: 'email-address', minLength: 3, maxLength: 254 });
export const Phone = Type.String({ pattern: '^\\+[1-9][0-9]{1,14}$', description: 'E.164' });
export const ReasonText = text(0, 500);
export const Timestamp = Type.String({ format: 'utc-timestamp', description: 'RFC 3339, UTC, milliseconds' });

export const OrderItem = Type.Object({ sku: Sku, quantity: Quantity, unit_amount: UnitAmount });
export const OrderItems = Type.Array(OrderItem, { minItems: 1, maxItems: 100 });
export const Contact = Type.Object({ email: Type.Optional(Email), phone: Type.Optional(Phone) });
/** Why something was refused: a stable code for programs, a sentence for people. */
export const Reason = Type.Object({
  code: text(1, 64),
  detail: Type.String({ format: 'storable-text' }),
});
export const PaymentId = Type.String({ minLength: 1, maxLength: 64, pattern: IDENTIFIER });
export const PaymentMethod = Type.Union([
  Type.Literal('card'),
  Type.Literal('bank_transfer'),
  Type.Literal('wallet'),
  Type.Literal('other'),
]);
/** The provider's own code, such as `card_declined`. */
export const FailureCode = text(1, 64);

export const UserId = Type.String({ minLength: 1, maxLength: 64, pattern: IDENTIFIER });
export const PersonName = text(1, 200);
export const Locale = Type.String({ format: 'bcp-47', minLength: 2, maxLength: 64, description: 'BCP 47' });

export const SessionId = Type.String({ minLength: 1, maxLength: 64, pattern: IDENTIFIER });
export const Url = text(1, 2048);
/** As a browser's `document.referrer`: empty where nobody referred. */
export const Referrer = text(0, 2048);
/** What a page calls itself, or what an element reads. */
export const PageText = text(0, 500);
export const Selector = text(1, 500);
/** Number of order items, not of pieces. */
export const ItemCount = Type.Integer({
  minimum: 1,
  maximum: 2_147_483_647,
  description: 'number of order items, not of pieces',
});
