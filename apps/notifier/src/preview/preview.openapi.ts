import { problem, type HttpInterface } from '@orderstream/service/openapi';
import { views } from '../rendering/views.ts';
import { NAMES } from './examples.ts';

const tags = ['preview'];
const page = { 'text/html': { schema: { type: 'string' } } };

/** What /openapi.json says of this service. */
export const httpInterface = {
  description: 'Sends mails and SMS because of events; over HTTP it shows how they look, with made-up data.',
  paths: {
    '/preview': {
      get: {
        operationId: 'listPreviews',
        tags,
        summary: 'Every message in every language',
        responses: { 200: { description: 'A page of links.', content: page } },
      },
    },
    '/preview/{template}/{locale}': {
      get: {
        operationId: 'previewMessage',
        tags,
        summary: 'One message',
        parameters: [
          {
            name: 'template',
            in: 'path',
            required: true,
            schema: { type: 'string', enum: Object.keys(views) },
          },
          { name: 'locale', in: 'path', required: true, schema: { type: 'string' }, example: 'en' },
          { name: 'form', in: 'query', schema: { type: 'string', enum: ['html', 'text', 'subject', 'sms'] } },
          { name: 'who', in: 'query', schema: { type: 'string', enum: Object.keys(NAMES) } },
          { name: 'items', in: 'query', schema: { type: 'integer', minimum: 1 } },
        ],
        responses: {
          200: {
            description: 'The message.',
            content: { ...page, 'text/plain': { schema: { type: 'string' } } },
          },
          404: problem('There is no such message.'),
        },
      },
    },
  },
  schemas: {},
} satisfies HttpInterface;
