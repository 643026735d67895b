import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { alerts } from '../topics.ts';
import { Timestamp } from './fields.ts';

/** Longest e-mail address: a contact may be the subject. */
const SUBJECT_LENGTH = 254;

/** A rule found somebody suspicious. Once per subject, rule and window, however often its records repeat. */
export const fraudSuspected = defineEvent({
  type: 'fraud.suspected',
  version: 1,
  topic: alerts,
  key: 'subject_id',
  payload: Type.Object({
    subject_type: Type.String({ minLength: 1, maxLength: 64, description: 'such as customer or contact' }),
    subject_id: Type.String({ format: 'storable-text', minLength: 1, maxLength: SUBJECT_LENGTH }),
    rule: Type.String({ minLength: 1, maxLength: 64 }),
    score: Type.Number({ minimum: 0, maximum: 1 }),
    window: Type.Object({ start: Timestamp, end: Timestamp }),
    evidence: Type.Record(Type.String(), Type.Unknown(), { description: 'what a person needs to judge it' }),
  }),
});
