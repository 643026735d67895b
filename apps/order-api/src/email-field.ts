import { fields } from '@orderstream/events';
import Type from 'typebox';

/** As in the events, which have to take what was accepted before; of a new address a little more is asked. */
export const NewEmail = Type.String({
  ...fields.Email,
  format: 'new-email-address',
  description: 'e-mail address',
});
