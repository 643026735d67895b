import type { FastifyReply } from 'fastify';

/** What a request is answered, in a form that can be kept and sent again byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Writes the answer's head and returns its body, which is left to Nest to send. */
export function writeHead(reply: FastifyReply, { status, headers, body }: Answer): string {
  void reply.code(status).headers(headers).header('content-type', JSON_TYPE);
  return body;
}

/** Aborts when the client is not there any more, or has its answer. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // It may have left before anybody asked: that is not said again.
  if (reply.raw.closed) controller.abort();
  else reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
