import type { IncomingMessage } from 'node:http';
import { Transform, type Readable } from 'node:stream';
import { Injectable, type OnModuleInit, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { longestTimeMs } from '../idempotency/idempotent-requests.ts';
import { tooManyWebEvents } from './too-many-web-events.ts';
import { BODY_LIMIT_BYTES, PUBLISH_LIMIT_MS } from './web-events.controller.ts';

/**
 * Batches under way at one time, in all. Parsing, checking and encoding 500 events keeps the process from everything else for some
 * milliseconds; so much of it may stand between an order and its turn, and no more.
 */
const MAX_BYTES_UNDER_WAY = BODY_LIMIT_BYTES;
/** What is here of bodies that are not whole yet. They cost memory only, and a slow client keeps its own for half a minute. */
const MAX_BYTES_BEING_READ = 32 * BODY_LIMIT_BYTES;

/** A batch is done with after so long, one with a key that has to wait for another instance included: 24 s. */
const LONGEST_WORK_MS = longestTimeMs(PUBLISH_LIMIT_MS);

/**
 * Turns batches away when too many are under way: a flood of visitors must not keep orders waiting. A batch counts from when all of it
 * is here, just before it is parsed: who announces much and sends it slowly keeps nobody out.
 */
@Injectable()
export class Admission implements OnModuleInit {
  #bytesUnderWay = 0;
  #bytesBeingRead = 0;
  /** How the requests under way give back what they count for. */
  readonly #releases = new WeakMap<FastifyRequest, () => void>();

  constructor(@Inject(HttpAdapterHost) private readonly http: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, _reply, done) => {
      // What would have to go if it came at once need not be read.
      if (isBatch(request) && this.#isTooMuch(announced(request))) done(tooManyWebEvents());
      else done();
    });
    fastify.addHook('preParsing', (request, reply, payload, done) => {
      done(null, isBatch(request) ? this.#counted(payload as IncomingMessage, request, reply) : payload);
    });
    // Before the answer leaves: whoever has it may send the next batch at once. But not before others have had their turn: of many bad
    // batches that came together each would be done with when the next one is looked at.
    fastify.addHook('onSend', (request, _reply, payload, done) => {
      const release = this.#releases.get(request);
      if (release === undefined) return done(null, payload);
      setImmediate(() => {
        release();
        done(null, payload);
      });
    });
  }

  #isTooMuch(bytes: number): boolean {
    return (
      this.#bytesBeingRead >= MAX_BYTES_BEING_READ ||
      (this.#bytesUnderWay > 0 && this.#bytesUnderWay + bytes > MAX_BYTES_UNDER_WAY)
    );
  }

  /** The body as it comes; an error in place of its end when there is no room for it. */
  #counted(body: IncomingMessage, request: FastifyRequest, reply: FastifyReply): Readable {
    let [bytesRead, bytesUnderWay, isOver] = [0, 0, false];
    const release = (): void => {
      this.#bytesBeingRead -= bytesRead;
      this.#bytesUnderWay -= bytesUnderWay;
      [bytesRead, bytesUnderWay] = [0, 0];
    };
    this.#releases.set(request, release);
    const counted = new Transform({
      transform: (chunk: Buffer, _encoding, next) => {
        if (isOver) return next();
        if (this.#bytesBeingRead >= MAX_BYTES_BEING_READ) return next(tooManyWebEvents());
        bytesRead += chunk.length;
        this.#bytesBeingRead += chunk.length;
        next(null, chunk);
      },
      flush: (next) => {
        if (isOver) return next();
        if (this.#isTooMuch(bytesRead)) return next(tooManyWebEvents());
        [bytesRead, bytesUnderWay] = [0, bytesRead];
        this.#bytesBeingRead -= bytesUnderWay;
        this.#bytesUnderWay += bytesUnderWay;
        next();
      },
    });
    // Nobody else listens once the request is answered.
    counted.on('error', () => undefined);
    body.once('error', (error) => counted.destroy(error));
    // Also when the client leaves before it has its answer. A batch that is here as a whole is worked on all the same, and counts until
    // that is done; not for ever, should nobody say so.
    reply.raw.once('close', () => {
      isOver = true;
      if (bytesUnderWay === 0) release();
      else setTimeout(release, LONGEST_WORK_MS).unref();
      // What is left of a refused body makes way for the connection's next request.
      body.unpipe(counted).resume();
    });
    return body.pipe(counted);
  }
}

function isBatch(request: FastifyRequest): boolean {
  return request.method === 'POST' && request.routeOptions.url === '/v1/web-events';
}

/** Who does not say how much is coming, as with chunks, is judged by what has come. */
function announced({ headers }: FastifyRequest): number {
  return Math.min(Number(headers['content-length'] ?? 0), BODY_LIMIT_BYTES);
}
