import type { FastifyInstance } from 'fastify';
import { messageList, pageQuery, problem } from '../catchers/catcher-server.ts';
import type { Page, RecordLog, Selection } from '../catchers/record-log.ts';
import { findSms, fromQuery, readAll, RECIPIENT_PREFIX, recipientKey } from './sms.ts';

interface ListQuery extends Page {
  readonly to?: string;
  readonly search?: string;
}

const listSchema = {
  querystring: {
    type: 'object',
    properties: { ...pageQuery, to: { type: 'string' }, search: { type: 'string' } },
  },
} as const;

/**
 * The catcher's own JSON:
 * - `GET /api/v1/messages?to=&search=&limit=&offset=`: newest first; `to` is one exact number, `search` a part of one.
 * - `GET /api/v1/messages/:sid`: one message.
 * - `DELETE /api/v1/messages`: drops them all.
 */
export function registerSmsApi(server: FastifyInstance, log: Promise<RecordLog>, onChange: () => void): void {
  server.get<{ Querystring: ListQuery }>(
    '/api/v1/messages',
    { schema: listSchema },
    async ({ query }, reply) => {
      const { total, numbers } = (await log).select(selectionOf(query), query);
      return reply.type('application/json').send(messageList(total, readAll(await log, numbers)));
    },
  );

  server.get<{ Params: { sid: string } }>('/api/v1/messages/:sid', async ({ params }, reply) => {
    const sms = await findSms(await log, params.sid);
    if (sms) return sms;
    return reply
      .code(404)
      .type('application/problem+json')
      .send(problem(404, `No message has the sid ${params.sid}.`));
  });

  server.delete('/api/v1/messages', async (_request, reply) => {
    await (await log).clear();
    onChange();
    return reply.code(204).send();
  });
}

function selectionOf({ to, search }: ListQuery): Selection {
  if (to !== undefined) return { key: recipientKey(fromQuery(to)) };
  if (search) return { prefix: RECIPIENT_PREFIX, part: fromQuery(search) };
  return {};
}
