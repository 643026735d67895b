import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { BodyOfItems, BodyPipe, itemFaultsOf, traceparentOf } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientGone, writeHead } from '../answer.ts';
import { Idempotency } from '../idempotency/idempotency.ts';
import { CollectWebEvents, type CollectionPlan } from './collect-web-events.ts';
import { MAX_EVENTS, WebEventBatch } from './web-event-body.ts';

export const BODY_LIMIT_BYTES = 512 * 1024;
/** The producer's deadline, and a little. */
export const PUBLISH_LIMIT_MS = 6_000;

/** POST /v1/web-events: what visitors did, many at a time. */
@Controller('v1/web-events')
export class WebEventsController {
  constructor(
    @Inject(Idempotency) private readonly idempotency: Idempotency,
    @Inject(CollectWebEvents) private readonly collect: CollectWebEvents,
  ) {}

  @Post()
  @BodyOfItems({ member: 'events', maxItems: MAX_EVENTS, limitBytes: BODY_LIMIT_BYTES })
  async take(
    @Body(new BodyPipe(WebEventBatch)) body: WebEventBatch,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const faults = itemFaultsOf(request);
    const plan = await this.collect.plan(body.events, faults, traceparentOf(request));
    const answer = await this.idempotency.answer<CollectionPlan>(request, {
      // A name that occurs twice is not to be seen in the parsed item: a batch in which it is mended is another one.
      body: faults.size === 0 ? body : { ...body, faults: [...faults] },
      gone: () => clientGone(reply),
      timeLimitMs: PUBLISH_LIMIT_MS,
      plan: () => plan,
      carryOut: (planned, isRepeat) => this.collect.carryOut(planned, isRepeat),
    });
    return writeHead(reply, answer);
  }
}
