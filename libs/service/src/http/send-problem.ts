import { finished } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from './problem.ts';

export const PROBLEM_JSON = 'application/problem+json';

/** How long a refused sender that wants the connection closed may go on sending before it is answered. */
const LINGER_MS = 2_000;

/**
 * Writes a problem as the answer. `instance` is the request's path.
 *
 * Closing a connection on which data still arrives resets it, and the sender of a body too large loses the answer by that (EPIPE,
 * for every second one of 10 MiB). So the rest is read and thrown away, which the request's timeout bounds; and where the
 * connection will close because the client wants it to, the answer waits for the end of the body.
 */
export function sendProblem(reply: FastifyReply, problem: Problem, instance: string): void {
  const { raw } = reply.request;
  // Fastify asks for this whenever it refuses a body.
  reply.removeHeader('connection');
  // Who counted the body as it came may have stopped reading: nobody empties what it was piped into.
  raw.unpipe();
  raw.resume();
  if (raw.complete || reply.raw.shouldKeepAlive) write(reply, problem, instance);
  else onceRead(raw, () => write(reply, problem, instance));
}

function write(reply: FastifyReply, problem: Problem, instance: string): void {
  void reply
    .code(problem.getStatus())
    .headers(problem.headers)
    .header('content-type', PROBLEM_JSON)
    // As bytes: to a text Fastify would add a charset, which this media type does not have.
    .send(Buffer.from(JSON.stringify(problem.toBody(instance))));
}

function onceRead(request: FastifyRequest['raw'], then: () => void): void {
  const stopWaiting = finished(request, { writable: false }, () => {
    clearTimeout(timer);
    then();
  });
  const timer = setTimeout(() => {
    stopWaiting();
    then();
  }, LINGER_MS);
}

/** Without the query, which may hold what does not belong into logs and answers. */
export function pathOf(request: FastifyRequest): string {
  return pathIn(request.raw.url ?? '/');
}

export function pathIn(url: string): string {
  return url.split('?', 1)[0] as string;
}
