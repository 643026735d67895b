import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import { toProblem } from './to-problem.ts';
import { traceIdOf } from './traceparent.ts';

export const PROBLEM_JSON = 'application/problem+json';

/**
 * The one place where an error becomes an HTTP answer: always `application/problem+json` (RFC 9457). What nobody foresaw is
 * logged with the request's trace id and answered 500 with that id and nothing else.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    // Events have their own failure table; this filter is bound to HTTP only, and says so when it is not.
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = toProblem(error, request) ?? this.#unforeseen(error, request);
    if (reply.sent || reply.raw.headersSent) reply.raw.destroy();
    else sendProblem(reply, problem, pathOf(request));
  }

  #unforeseen(error: unknown, request: FastifyRequest): Problem {
    const traceId = traceIdOf(request);
    this.#logger.error({
      message: 'a request failed',
      trace_id: traceId,
      method: request.method,
      route: request.routeOptions.url,
      err: error,
    });
    return new Problem({
      status: 500,
      detail: 'Something went wrong here. The trace id finds it in the service’s log.',
      members: { trace_id: traceId },
      cause: error,
    });
  }
}

/** Writes a problem as the answer. `instance` is the request's path. */
export function sendProblem(reply: FastifyReply, problem: Problem, instance: string): void {
  void reply
    .code(problem.getStatus())
    .headers(problem.headers)
    .header('content-type', PROBLEM_JSON)
    // As bytes: to a text Fastify would add a charset, which this media type does not have.
    .send(Buffer.from(JSON.stringify(problem.toBody(instance))));
}

/** Without the query, which may hold what does not belong into logs and answers. */
export function pathOf(request: FastifyRequest): string {
  return (request.raw.url ?? '/').split('?', 1)[0] as string;
}
