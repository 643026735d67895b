import { HttpException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { allowedMethods } from './allowed-methods.ts';
import { Problem } from './problem.ts';

/** What Fastify's own errors mean to a caller; its messages are written for the service's author. */
const FASTIFY_DETAILS: Readonly<Record<string, (request: FastifyRequest) => string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (request) =>
    `The body is larger than the ${request.routeOptions.bodyLimit} bytes this resource takes.`,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => 'The body must be sent as application/json.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => 'The body is not as long as Content-Length says.',
};

/**
 * The answer to an error that ended a request. A Problem is its own answer; an HttpException or a Fastify error of the 4xx range
 * is the caller's doing and may be told; undefined for everything else, of which the caller learns nothing.
 */
export function toProblem(error: unknown, request: FastifyRequest): Problem | undefined {
  if (error instanceof Problem) return error;
  if (isCutOff(error, request)) return new Problem({ status: 400, detail: 'The body ended too early.' });
  const status = statusOf(error);
  if (status === undefined || status < 400 || status > 499) return undefined;
  if (request.is404) return nothingHere(request);
  const code = codeOf(error instanceof HttpException ? error.cause : error);
  const detail =
    FASTIFY_DETAILS[code ?? '']?.(request) ?? (code === undefined ? messageOf(error) : undefined);
  return new Problem({ status, ...(detail === undefined ? {} : { detail }), cause: error });
}

/** The connection went away while its request was being read. Nobody is left to read the answer, but it is no fault of ours. */
function isCutOff(error: unknown, request: FastifyRequest): boolean {
  return codeOf(error) === 'ECONNRESET' && !request.raw.complete;
}

/** 405 where another method is answered at this path, else 404; also where a route for many files has none of this name. */
export function nothingHere(request: FastifyRequest): Problem {
  const allow = allowedMethods(request.server, request.raw.url ?? '/');
  const isMissing = allow.length === 0 || allow.some((method) => method === request.method);
  if (isMissing) return new Problem({ status: 404, detail: 'There is nothing at this path.' });
  return new Problem({
    status: 405,
    detail: `This resource answers ${allow.join(', ')}.`,
    headers: { allow: allow.join(', ') },
  });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  return codeOf(error)?.startsWith('FST_') ? (error as { statusCode?: number }).statusCode : undefined;
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** What the author of a `new ConflictException('…')` wrote for the caller; undefined when only the status was given. */
function messageOf(error: unknown): string | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const response = error.getResponse();
  const message = typeof response === 'string' ? response : (response as { message?: unknown }).message;
  return Array.isArray(message) ? message.join('; ') : typeof message === 'string' ? message : undefined;
}
