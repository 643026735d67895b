import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import { pathOf, sendProblem } from './send-problem.ts';
import { toProblem } from './to-problem.ts';
import { traceIdOf } from './traceparent.ts';

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
