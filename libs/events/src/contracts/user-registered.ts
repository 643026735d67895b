import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { users } from '../topics.ts';
import { Email, Locale, PersonName, Phone, UserId } from './fields.ts';

/** A customer registered, or registered again with other details: the newest one counts. `user_id` is an order's `customer_id`. */
export const userRegistered = defineEvent({
  type: 'user.registered',
  version: 1,
  topic: users,
  key: 'user_id',
  payload: Type.Object({
    user_id: UserId,
    email: Email,
    name: PersonName,
    phone: Type.Optional(Phone),
    locale: Type.Optional(Locale),
  }),
});
