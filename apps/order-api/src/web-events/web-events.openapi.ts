import Type from 'typebox';
import { accepted, postParameters, postRefusals } from '../openapi/every-post.ts';
import { headers, json, problem, type Path } from '@orderstream/service/openapi';
import { MAX_EVENTS, webEventItems } from './web-event-body.ts';

/** As the controller takes it; an item that breaks its schema is refused by itself. */
const WebEvents = Type.Object(
  { events: Type.Array(Type.Union(Object.values(webEventItems)), { minItems: 1, maxItems: MAX_EVENTS }) },
  { additionalProperties: false },
);

const AcceptedWebEvents = Type.Object({
  accepted: Type.Integer({ minimum: 0, description: 'events that were taken' }),
  rejected: Type.Array(
    Type.Object({
      index: Type.Integer({ minimum: 0, description: 'place in `events`, from 0' }),
      errors: Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() })),
    }),
    { description: 'items that were not, and why' },
  ),
});

export const webEventSchemas = { WebEvents, AcceptedWebEvents };

const example = {
  events: [
    {
      event_type: 'product.viewed',
      session_id: 'session-7f3a',
      properties: { sku: 'COFFEE-1KG', unit_amount: 1890, currency: 'EUR' },
    },
    {
      event_type: 'cart.item_added',
      session_id: 'session-7f3a',
      user_id: 'customer-42',
      properties: { sku: 'COFFEE-1KG', quantity: 2, unit_amount: 1890, currency: 'EUR' },
    },
  ],
};

export const webEventPaths: Readonly<Record<string, Path>> = {
  '/v1/web-events': {
    post: {
      operationId: 'collectWebEvents',
      tags: ['web-events'],
      summary: 'Report what visitors did',
      description:
        'Up to 500 events and 512 KiB. The good ones are taken, the others named by their index, also one with a control character, half ' +
        'a surrogate pair or a duplicate name in it. What is no JSON is refused as a whole: a raw line feed in a string, too. `timestamp` ' +
        'is now when it is absent, and at most 7 days ago or 5 minutes ahead.',
      parameters: postParameters,
      requestBody: { required: true, content: json('WebEvents', example) },
      responses: {
        202: accepted('AcceptedWebEvents', {
          accepted: 1,
          rejected: [
            {
              index: 1,
              errors: [{ pointer: '#/events/1/properties/quantity', detail: 'must be at least 1' }],
            },
          ],
        }),
        ...postRefusals,
        429: {
          ...problem('More web events are waiting than can be taken now. Nothing of this batch was taken.'),
          headers: headers({ 'Retry-After': 'seconds' }),
        },
      },
    },
  },
};
