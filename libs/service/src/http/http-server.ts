import type { Server } from 'node:http';
import { Server as TcpServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { measureRequests } from './http-metrics.ts';
import { acceptOnlyStrictJson, DEFAULT_BODY_LIMIT_BYTES } from './json-body.ts';
import { Problem } from './problem.ts';
import { answerTunnel, answerUnexpected, answerUnparsable, answerUnroutable } from './refused-by-parser.ts';
import { nothingHere } from './to-problem.ts';
import { rememberTraces } from './traceparent.ts';

/** A client may take this long to send one request; whoever drips bytes for longer is not served (408). */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/**
 * Who neither sends nor reads for so long is cut off: an answer that nobody reads is kept until then. Longer than a caller may wait for its
 * answer, and than a stream is silent.
 */
const SILENT_CONNECTION_MS = 60_000;
/** How late a timeout may be noticed. */
const TIMEOUT_CHECK_MS = 5_000;

/** Nest on Fastify as every service runs it: strict JSON, problems, metrics and traces, no log line per request. */
export function createHttpAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    logger: false,
    trustProxy: false,
    bodyLimit: DEFAULT_BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SILENT_CONNECTION_MS,
    forceCloseConnections: true,
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerUnparsable,
    http: {
      // Node takes the larger of the two for the whole request, and its default of 60 s is larger than ours.
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node would answer an HTTP/1.1 request without Host by an empty 400; the hook below says why.
      requireHostHeader: false,
    },
    // Express-style middleware would cost every request a walk through an empty list.
    skipMiddie: true,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  rememberConnections(fastify.server);
  fastify.server.on('checkExpectation', answerUnexpected);
  fastify.server.on('connect', answerTunnel);
  rememberTraces(fastify);
  acceptOnlyStrictJson(fastify);
  measureRequests(fastify);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const isNameless = request.headers.host === undefined && request.raw.httpVersion === '1.1';
    if (isNameless) done(new Problem({ status: 400, detail: 'The Host header is missing.' }));
    else done();
  });
  // Before the body is read: whatever is wrong with that, it is for nobody.
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (leadsNowhere(request)) done(nothingHere(request));
    else done();
  });
  // Whoever would send its next request on this connection would lose it.
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (!fastify.server.listening) reply.header('connection', 'close');
    done();
  });
  return adapter;
}

/** Fastify matches an empty parameter as well; Nest would say only after the body was read that nothing is there. */
function leadsNowhere({ is404, params }: FastifyRequest): boolean {
  if (is404) return true;
  for (const name in params as Record<string, string>) {
    if ((params as Record<string, string>)[name] === '' && name !== '*') return true;
  }
  return false;
}

const connections = new WeakMap<Server, ReadonlySet<Socket>>();

function rememberConnections(server: Server): void {
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
}

/** How often connections that became idle meanwhile are closed, ms. */
const SWEEP_MS = 20;

/** Stops accepting, lets requests under way be answered for at most `timeoutMs`, then closes what is left. */
export async function drainHttp(server: Server, timeoutMs: number): Promise<void> {
  const sockets = connections.get(server);
  const isSending = (): boolean => [...(sockets ?? [])].some(({ writableLength }) => writableLength > 0);
  // Node counts a connection as idle whose answer is written, also while it is on its way; HTTP's own `close` would cut those off at once.
  const closed = new Promise<void>((resolve) => TcpServer.prototype.close.call(server, () => resolve()));
  const sweeper = setInterval(() => void (isSending() || server.closeIdleConnections()), SWEEP_MS);
  await Promise.race([closed, delay(timeoutMs, undefined, { ref: false })]);
  clearInterval(sweeper);
  server.closeAllConnections();
}
