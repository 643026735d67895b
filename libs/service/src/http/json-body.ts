import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import { parseStrictJson } from './strict-json.ts';

/** Bodies are at most this long unless a route says otherwise. */
export const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024;

/** Makes strict JSON the only kind of body the service reads; everything else is 415. Bytes are counted before they are parsed. */
export function acceptOnlyStrictJson(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      refuseEncodings(request);
      done(null, parseStrictJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addHook('onRoute', (route) => {
    const limit = (route.config as RouteSettings | undefined)?.bodyLimitBytes;
    if (limit !== undefined) route.bodyLimit = limit;
  });
}

interface RouteSettings {
  readonly bodyLimitBytes?: number;
}

/** The largest body this route takes, in bytes, in place of the default 64 KiB: `@Post() @BodyLimit(512 * 1024)`. */
export function BodyLimit(bytes: number): MethodDecorator {
  return RouteConfig({ bodyLimitBytes: bytes } satisfies RouteSettings);
}

function refuseEncodings(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Problem({
      status: 415,
      detail: 'The body must not be compressed.',
      headers: { 'accept-encoding': 'identity' },
    });
  }
  const type = request.headers['content-type'];
  if (type === 'application/json') return;
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type ?? '')?.[1];
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    throw new Problem({ status: 415, detail: 'The body must be UTF-8.' });
  }
}
