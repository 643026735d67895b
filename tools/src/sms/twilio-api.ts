import type { FastifyError, FastifyInstance } from 'fastify';
import type { RecordLog } from '../catchers/record-log.ts';
import { countSegments } from './count-segments.ts';
import { countSince, findSms, fromQuery, newSid, readAll, recipientKey, storeSms, type Sms } from './sms.ts';
import { parseSmsRequest } from './twilio-request.ts';
import { messagesPath, pageOf, twilioError, twilioList, twilioMessage } from './twilio-response.ts';

interface Account {
  readonly accountSid: string;
}

interface ListQuery {
  readonly To?: string;
  /** `DateSent>=2026-06-13` in the address: on that day (UTC) or later. */
  readonly 'DateSent>'?: string;
  readonly PageSize: number;
  readonly Page: number;
}

const LIST_PARAMETERS = new Set(['To', 'DateSent>', 'PageSize', 'Page', 'PageToken']);

const listSchema = {
  querystring: {
    type: 'object',
    properties: {
      To: { type: 'string' },
      'DateSent>': { type: 'string', format: 'date' },
      PageSize: { type: 'integer', minimum: 1, maximum: 1000, default: 50 },
      Page: { type: 'integer', minimum: 0, default: 0 },
    },
  },
} as const;

/**
 * Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource): create, fetch, and list, filtered by
 * `To` and `DateSent>` only. Any account and any credentials are taken, and all see the same messages. Create answers 201 once the message is in
 * the log.
 */
export function registerTwilioApi(
  server: FastifyInstance,
  log: Promise<RecordLog>,
  onChange: () => void,
): void {
  void server.register(async (twilio) => {
    twilio.removeAllContentTypeParsers();
    // Whatever it says it is, it is read as the form that Twilio expects; another thing lacks `To` and is refused as there.
    twilio.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
      done(null, new URLSearchParams(body as string)),
    );
    twilio.setErrorHandler((error: FastifyError, _request, reply) => {
      const status = error.statusCode ?? 500;
      return reply.code(status).send(twilioError(status, status === 500 ? 20500 : 20001, error.message));
    });

    twilio.post<{ Params: Account; Body?: URLSearchParams }>(
      `${messagesPath(':accountSid')}.json`,
      async ({ params, body }, reply) => {
        const request = parseSmsRequest(body ?? new URLSearchParams());
        if ('code' in request) return reply.code(400).send(twilioError(400, request.code, request.message));
        const sms: Sms = {
          sid: newSid(),
          account_sid: params.accountSid,
          to: request.to,
          from: request.from,
          messaging_service_sid: request.messagingServiceSid,
          body: request.body,
          num_segments: countSegments(request.body),
          status_callback: request.statusCallback,
          received_at: new Date().toISOString(),
        };
        await storeSms(await log, sms);
        onChange();
        return reply.code(201).send(twilioMessage(sms, 'queued'));
      },
    );

    twilio.get<{ Params: Account; Querystring: ListQuery }>(
      `${messagesPath(':accountSid')}.json`,
      { schema: listSchema },
      async ({ params, query }, reply) => {
        // Better refused than answered with messages that were not asked for.
        const unknown = Object.keys(query).find((name) => !LIST_PARAMETERS.has(name));
        if (unknown)
          return reply.code(400).send(twilioError(400, 20001, `The catcher cannot filter by ${unknown}.`));
        const to = query.To === undefined ? undefined : fromQuery(query.To);
        const page = { page: query.Page, pageSize: query.PageSize };
        const selection = to === undefined ? {} : { key: recipientKey(to) };
        const all = (await log).select(selection, pageOf(page));
        const since = query['DateSent>'];
        const total = since === undefined ? all.total : await countSince(await log, selection, since);
        const numbers = all.numbers.slice(0, Math.max(0, total - page.page * page.pageSize));
        const messages: object[] = [];
        for await (const sms of readAll(await log, numbers)) messages.push(twilioMessage(sms, 'delivered'));
        const path = `${messagesPath(params.accountSid)}.json`;
        const filter = {
          ...(to === undefined ? {} : { To: to }),
          ...(since === undefined ? {} : { 'DateSent>': since }),
        };
        return twilioList({ path, filter, total, ...page }, messages);
      },
    );

    twilio.get<{ Params: Account & { file: string } }>(
      `${messagesPath(':accountSid')}/:file`,
      async ({ params, url }, reply) => {
        const sms = await findSms(await log, params.file.replace(/\.json$/, ''));
        if (sms) return twilioMessage(sms, 'delivered');
        const message = `The requested resource ${url} was not found`;
        return reply.code(404).send(twilioError(404, 20404, message));
      },
    );
  });
}
