import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { explainListenError, type ListenAt } from './port-taken.ts';

/** Message-IDs stand in paths; RFC 5322 lets a line have 998 characters, and each may be percent-encoded. */
const MAX_PARAM_LENGTH = 3000;

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const CONTENT_TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** `limit` and `offset` of every list: newest first, 50 unless asked for more. */
export const pageQuery = {
  limit: { type: 'integer', minimum: 1, maximum: 1000, default: 50 },
  offset: { type: 'integer', minimum: 0, default: 0 },
} as const;

/** The HTTP server both catchers share: problem+json errors, no caching, nothing guessed from content. */
export function createCatcherServer(): FastifyInstance {
  const server = Fastify({
    forceCloseConnections: true,
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cache-control', 'no-store');
  });
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    return reply.code(status).type('application/problem+json').send(problem(status, error.message));
  });
  server.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type('application/problem+json')
      .send(problem(404, `Nothing answers ${request.method} ${request.url} here.`)),
  );
  return server;
}

export function problem(status: number, detail: string) {
  return { type: 'about:blank', title: status < 500 ? 'Request refused' : 'Failed', status, detail };
}

/** Serves files of `tools/src` at the given paths. They are read once, now. */
export async function servePage(server: FastifyInstance, files: Record<string, string>): Promise<void> {
  for (const [path, file] of Object.entries(files)) {
    // The page is no TypeScript, so the build leaves it in src; this works from src/catchers and from dist/catchers.
    const content = await readFile(new URL(`../../src/${file}`, import.meta.url));
    const type = CONTENT_TYPES[file.slice(file.lastIndexOf('.') + 1)] as string;
    server.get(path, (_request, reply) =>
      reply.type(type).header('content-security-policy', PAGE_POLICY).send(content),
    );
  }
}

/** `{"total": n, "messages": […]}` written message by message, so that memory holds one of them at a time. */
export function messageList(total: number, messages: AsyncIterable<unknown>): Readable {
  async function* json() {
    yield `{"total":${total},"messages":[`;
    let separator = '';
    for await (const message of messages) {
      yield separator + JSON.stringify(message);
      separator = ',';
    }
    yield ']}';
  }
  return Readable.from(json(), { highWaterMark: 1 });
}

/** Listens and returns the port. @throws PlatformError `port-taken` */
export async function listen(server: FastifyInstance, at: ListenAt): Promise<number> {
  try {
    await server.listen({ host: at.host, port: at.port });
  } catch (error) {
    throw explainListenError(error as Error, at);
  }
  return (server.server.address() as AddressInfo).port;
}
