import { fields } from '@orderstream/events';
import Type, { type Static } from 'typebox';
import { NewEmail } from '../email-field.ts';

/** The body of POST /v1/users. */
export const NewUser = Type.Object(
  {
    user_id: Type.Optional(fields.UserId),
    email: NewEmail,
    name: fields.PersonName,
    phone: Type.Optional(fields.Phone),
    locale: Type.Optional(fields.Locale),
  },
  { additionalProperties: false },
);
export type NewUser = Static<typeof NewUser>;

export const newUserExample: NewUser = {
  user_id: 'customer-42',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  phone: '+4930123456',
  locale: 'en-GB',
};
