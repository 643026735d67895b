import Type from 'typebox';
import { defineEvent } from '../contract.ts';
import { webEvents } from '../topics.ts';
import { PageText, Selector, Url } from './fields.ts';
import { webSession } from './web-session.ts';

/** A visitor clicked an element; `selector` is CSS. */
export const elementClicked = defineEvent({
  type: 'element.clicked',
  version: 1,
  topic: webEvents,
  key: 'session_id',
  payload: Type.Object({
    ...webSession,
    properties: Type.Object({ url: Url, selector: Selector, text: Type.Optional(PageText) }),
  }),
});
