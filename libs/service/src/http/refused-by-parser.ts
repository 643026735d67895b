import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import { pathIn, pathOf, PROBLEM_JSON, sendProblem } from './send-problem.ts';

/** How long a peer may take to read the answer before its connection is destroyed. */
const LINGER_MS = 1_000;

const REFUSALS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The header is too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large.'],
};

/**
 * Answers what Node's HTTP parser refused (a broken request line, a header too large, a request that takes for ever), where that
 * cannot be taken for the answer to something else: behind a request that is still under way the connection just ends, once that is answered.
 */
export function answerUnparsable(error: Error & { code?: string }, socket: Socket): void {
  // What comes behind the first thing refused arrives here too; the connection ends by itself.
  if (refused.has(socket)) return;
  const current = underWay(socket);
  const isMidAnswer = current?.headersSent === true && !current.writableEnded;
  if (error.code === 'ECONNRESET' || !socket.writable || isMidAnswer) {
    socket.destroy();
    return;
  }
  refused.add(socket);
  if (current?.req.complete || current?.headersSent) {
    endOnceAnswered(socket, current);
    return;
  }
  const [status, detail] = REFUSALS[error.code ?? ''] ?? [400, 'This is not an HTTP request.'];
  endWith(socket, new Problem({ status, detail }));
}

const refused = new WeakSet<Socket>();

/** The answer whose turn it is on this connection: Node knows, and tells nobody. */
function underWay(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/** Requests may have been pipelined: all that are whole get their answers. */
function endOnceAnswered(socket: Socket, current: ServerResponse): void {
  current.once('finish', () => {
    const next = underWay(socket);
    if (next?.req.complete) endOnceAnswered(socket, next);
    else end(socket);
  });
}

/** Answers CONNECT, which asks for a tunnel: Node hands out the bare socket, and closes it without a word when nobody takes it. */
export function answerTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined);
  endWith(socket, new Problem({ status: 405, detail: 'This is no proxy.', headers: { allow: '' } }));
}

function endWith(socket: Duplex, problem: Problem): void {
  const status = problem.getStatus();
  const body = JSON.stringify(problem.toBody());
  const headers = Object.entries({
    ...problem.headers,
    'content-type': PROBLEM_JSON,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  end(
    socket,
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      `${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}

/** Destroying at once would reset the connection, and the peer would lose the answer it has not read yet. */
function end(socket: Duplex, lastWords = ''): void {
  socket.end(lastWords);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Answers what Fastify's router refuses before any hook runs: a malformed URL (400), a path parameter too long (414). */
export function answerUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 400;
  const detail = status === 414 ? 'A part of the path is too long.' : 'The URL is malformed.';
  sendProblem(reply, new Problem({ status, detail }), pathOf(request));
}

/** Answers an `Expect` other than `100-continue`, which Node refuses with an empty 417. */
export function answerUnexpected({ url = '/' }: IncomingMessage, response: ServerResponse): void {
  const problem = new Problem({ status: 417, detail: 'Only Expect: 100-continue is known.' });
  const body = JSON.stringify(problem.toBody(pathIn(url)));
  response
    .writeHead(417, { 'content-type': PROBLEM_JSON, 'content-length': Buffer.byteLength(body) })
    .end(body);
}
