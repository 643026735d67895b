import Type from 'typebox';
import { SessionId, UserId } from './fields.ts';

/** Whose step a web event is; its `properties` differ by type. `user_id` is there once the visitor is known. */
export const webSession = { session_id: SessionId, user_id: Type.Optional(UserId) };
