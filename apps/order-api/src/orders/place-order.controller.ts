import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { BodyPipe, traceparentOf } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientGone, writeHead } from '../answer.ts';
import { Idempotency } from '../idempotency/idempotency.ts';
import { AcceptOrder, type OrderPlan } from './accept-order.ts';
import { AwaitRuling } from './await-ruling.ts';
import { NewOrder } from './order-body.ts';
import { preferredWaitSeconds } from './prefer.rules.ts';

/** The producer's deadline, and a little. */
const PUBLISH_LIMIT_MS = 6_000;

/** POST /v1/orders. Without an Idempotency-Key and without Prefer it touches nothing but Kafka. */
@Controller('v1/orders')
export class PlaceOrderController {
  constructor(
    @Inject(Idempotency) private readonly idempotency: Idempotency,
    @Inject(AcceptOrder) private readonly acceptOrder: AcceptOrder,
    @Inject(AwaitRuling) private readonly awaitRuling: AwaitRuling,
  ) {}

  @Post()
  async place(
    @Body(new BodyPipe(NewOrder)) body: NewOrder,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const waitSeconds = preferredWaitSeconds(request.headers.prefer);
    const answer = await this.idempotency.answer<OrderPlan>(request, {
      body,
      timeLimitMs: PUBLISH_LIMIT_MS + waitSeconds * 1000,
      plan: () => this.acceptOrder.plan(body, traceparentOf(request)),
      carryOut: async (plan, isRepeat) => {
        const accepted = await this.acceptOrder.carryOut(plan, isRepeat);
        if (waitSeconds === 0) return accepted;
        return this.awaitRuling.answer(accepted, plan.event.payload.order_id, waitSeconds, clientGone(reply));
      },
    });
    return writeHead(reply, answer);
  }
}
