import type { FastifyInstance, FastifyReply } from 'fastify';
import { messageList, pageQuery, problem } from '../catchers/catcher-server.ts';
import type { Page, RecordLog, Selection, StoredRecord } from '../catchers/record-log.ts';
import { fromQuery, messageIdKey, RECIPIENT_PREFIX, recipientKey } from './mail-keys.ts';
import { readAttachment, readHtml, readMail, readSummary, SUMMARY_BYTES } from './read-mail.ts';

/** For a mail's own HTML: no script, no form, no plugin, no frame; pictures and inline styles only, in an origin of its own. */
const MAIL_POLICY =
  "default-src 'none'; img-src data: http: https:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'; " +
  'sandbox allow-popups allow-popups-to-escape-sandbox';

interface ListQuery extends Page {
  readonly to?: string;
  readonly search?: string;
  readonly summary: boolean;
}

const listSchema = {
  querystring: {
    type: 'object',
    properties: {
      ...pageQuery,
      to: { type: 'string' },
      search: { type: 'string' },
      summary: { type: 'boolean', default: false },
    },
  },
} as const;

interface OneMail {
  readonly Params: { readonly id: string };
}

interface OneAttachment {
  readonly Params: { readonly id: string; readonly index: number };
}

const attachmentSchema = {
  params: { type: 'object', properties: { id: { type: 'string' }, index: { type: 'integer' } } },
} as const;

/**
 * The mailbox's JSON:
 * - `GET /api/v1/messages?to=&search=&limit=&offset=&summary=`: newest first. `to` is one recipient's exact address, in any
 *   case; `search` a part of one; `summary=true` leaves out text, HTML, headers and attachments.
 * - `GET /api/v1/messages/:id`: one mail, by its `id` or its Message-ID (the newest, when several carry it); `…/html`, `…/raw`
 *   and `…/attachments/:index` are its parts.
 * - `DELETE /api/v1/messages`: empties the mailbox.
 */
export function registerMailboxApi(
  server: FastifyInstance,
  log: Promise<RecordLog>,
  onChange: () => void,
): void {
  server.get<{ Querystring: ListQuery }>(
    '/api/v1/messages',
    { schema: listSchema },
    async (request, reply) => {
      const { query } = request;
      const { total, numbers } = (await log).select(selectionOf(query), query);
      return reply
        .type('application/json')
        .send(messageList(total, mails(await log, numbers, query.summary)));
    },
  );

  server.delete('/api/v1/messages', async (_request, reply) => {
    await (await log).clear();
    onChange();
    return reply.code(204).send();
  });

  server.get<OneMail>('/api/v1/messages/:id', async ({ params }, reply) => {
    const record = await find(await log, params.id);
    return record ? readMail(record) : notFound(reply, params.id);
  });

  server.get<OneMail>('/api/v1/messages/:id/html', async ({ params }, reply) => {
    const record = await find(await log, params.id);
    const html = record && (await readHtml(record));
    if (html === undefined) return notFound(reply, params.id);
    reply.header('content-security-policy', MAIL_POLICY).type('text/html; charset=utf-8');
    return reply.send(`<base target="_blank">${html}`);
  });

  server.get<OneMail>('/api/v1/messages/:id/raw', async ({ params }, reply) => {
    const record = await find(await log, params.id);
    if (!record) return notFound(reply, params.id);
    return reply.type('text/plain; charset=utf-8').send(record.body);
  });

  server.get<OneAttachment>(
    '/api/v1/messages/:id/attachments/:index',
    { schema: attachmentSchema },
    async ({ params }, reply) => {
      const record = await find(await log, params.id);
      const attachment = record && (await readAttachment(record, params.index));
      if (!attachment) return notFound(reply, params.id);
      const name = encodeURIComponent(attachment.filename ?? 'attachment').replaceAll("'", '%27');
      reply.header('content-disposition', `attachment; filename*=UTF-8''${name}`);
      return reply.type('application/octet-stream').send(attachment.content);
    },
  );
}

function selectionOf({ to, search }: ListQuery): Selection {
  if (to !== undefined) return { key: recipientKey(fromQuery(to)) };
  if (search) return { prefix: RECIPIENT_PREFIX, part: fromQuery(search).toLowerCase() };
  return {};
}

async function* mails(log: RecordLog, numbers: readonly number[], summary: boolean) {
  for (const number of numbers) {
    const record = await log.read(number, summary ? SUMMARY_BYTES : undefined);
    if (record) yield summary ? readSummary(record) : readMail(record);
  }
}

async function find(log: RecordLog, id: string): Promise<StoredRecord | undefined> {
  if (/^\d{1,15}$/.test(id)) return log.read(Number(id));
  const [newest] = log.select({ key: messageIdKey(id) }, { limit: 1, offset: 0 }).numbers;
  return newest === undefined ? undefined : log.read(newest);
}

function notFound(reply: FastifyReply, id: string) {
  return reply
    .code(404)
    .type('application/problem+json')
    .send(problem(404, `The mailbox has no ${id}.`));
}
