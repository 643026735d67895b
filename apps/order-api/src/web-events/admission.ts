import { Injectable, type OnModuleInit, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { tooManyWebEvents } from './too-many-web-events.ts';
import { BODY_LIMIT_BYTES } from './web-events.controller.ts';

/**
 * Bodies under way at one time, in all. Reading, checking and encoding 500 events keeps the process from everything else for some
 * milliseconds; so much of it may stand between an order and its turn, and no more.
 */
const MAX_BYTES_UNDER_WAY = BODY_LIMIT_BYTES;

/** Turns batches away before their bodies are read when too many are under way: a flood of visitors must not keep orders waiting. */
@Injectable()
export class Admission implements OnModuleInit {
  #bytesUnderWay = 0;

  constructor(@Inject(HttpAdapterHost) private readonly http: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, reply, done) => {
      if (request.method !== 'POST' || request.routeOptions.url !== '/v1/web-events') return done();
      const bytes = announced(request);
      if (this.#bytesUnderWay > 0 && this.#bytesUnderWay + bytes > MAX_BYTES_UNDER_WAY)
        return done(tooManyWebEvents());
      this.#bytesUnderWay += bytes;
      // Also when the client leaves before it has its answer.
      reply.raw.once('close', () => (this.#bytesUnderWay -= bytes));
      done();
    });
  }
}

/** Who does not say how much is coming is taken for the most. */
function announced({ headers }: FastifyRequest): number {
  const length = Number(headers['content-length']);
  return length >= 0 && length <= BODY_LIMIT_BYTES ? length : BODY_LIMIT_BYTES;
}
