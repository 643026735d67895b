import { newTraceparent } from '@orderstream/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** W3C Trace Context §3.2: version, trace id, parent id, flags. A version after 00 may carry more, which we do not pass on. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?$/;

const TRACE = Symbol('traceparent');

type Traced = FastifyRequest & { [TRACE]?: string | null };

/** Gives every request the slot in which `traceparentOf` remembers its answer. */
export function rememberTraces(fastify: FastifyInstance): void {
  fastify.decorateRequest(TRACE, null);
}

/** The request's W3C `traceparent`, or a new one when it has none or a malformed one. The same for every call with one request. */
export function traceparentOf(request: FastifyRequest): string {
  const traced = request as Traced;
  return (traced[TRACE] ??= parseTraceparent(request.headers['traceparent']) ?? newTraceparent());
}

/** The 32 hex digits that are the same in every line and header that belongs to one request. */
export function traceIdOf(request: FastifyRequest): string {
  return traceparentOf(request).slice(3, 35);
}

/** A header as it may be handed on; undefined when the standard says to ignore it. */
export function parseTraceparent(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const [, version, rest, more] = TRACEPARENT.exec(header) ?? [];
  if (rest === undefined || (version === '00' && more !== undefined)) return undefined;
  return `00-${rest}`;
}
