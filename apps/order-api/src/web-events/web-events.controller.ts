import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { BodyLimit, BodyPipe, traceparentOf } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { writeHead } from '../answer.ts';
import { Idempotency } from '../idempotency/idempotency.ts';
import { CollectWebEvents, type CollectionPlan } from './collect-web-events.ts';
import { WebEventBatch } from './web-event-body.ts';

export const BODY_LIMIT_BYTES = 512 * 1024;
/** The producer's deadline, and a little. */
const PUBLISH_LIMIT_MS = 6_000;

/** POST /v1/web-events: what visitors did, many at a time. */
@Controller('v1/web-events')
export class WebEventsController {
  constructor(
    @Inject(Idempotency) private readonly idempotency: Idempotency,
    @Inject(CollectWebEvents) private readonly collect: CollectWebEvents,
  ) {}

  @Post()
  @BodyLimit(BODY_LIMIT_BYTES)
  async take(
    @Body(new BodyPipe(WebEventBatch)) body: WebEventBatch,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const plan = await this.collect.plan(body.events, traceparentOf(request));
    const answer = await this.idempotency.answer<CollectionPlan>(request, {
      body,
      timeLimitMs: PUBLISH_LIMIT_MS,
      plan: () => plan,
      carryOut: (planned, isRepeat) => this.collect.carryOut(planned, isRepeat),
    });
    return writeHead(reply, answer);
  }
}
