import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { webEvents } from '../topics.ts';
import { PageText, Referrer, Url } from './fields.ts';
import { webSession } from './web-session.ts';

/** A visitor opened a page. */
export const pageViewed = defineEvent({
  type: 'page.viewed',
  version: 1,
  topic: webEvents,
  key: 'session_id',
  payload: Type.Object({
    ...webSession,
    properties: Type.Object({ url: Url, title: Type.Optional(PageText), referrer: Type.Optional(Referrer) }),
  }),
});
