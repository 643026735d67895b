import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { orderCreated } from '@orderstream/events';
import { BodyPipe } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Acceptance } from '../acceptance/acceptance.ts';
import { LateOrders, NOTE_DEADLINE_MS } from '../read-model/late-orders.ts';
import { acceptedOrder, newOrder } from './accepted-order.ts';
import { AwaitRuling } from './await-ruling.ts';
import { NewOrder } from './order-body.ts';
import { preferredWaitSeconds } from './prefer.rules.ts';

/** POST /v1/orders. Without an Idempotency-Key and without Prefer it touches nothing but Kafka. */
@Controller('v1/orders')
export class PlaceOrderController {
  constructor(
    @Inject(Acceptance) private readonly acceptance: Acceptance,
    @Inject(AwaitRuling) private readonly awaitRuling: AwaitRuling,
    @Inject(LateOrders) private readonly lateOrders: LateOrders,
  ) {}

  @Post()
  place(
    @Body(new BodyPipe(NewOrder)) body: NewOrder,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const waitSeconds = preferredWaitSeconds(request.headers.prefer);
    return this.acceptance.accept(request, reply, {
      contract: orderCreated,
      body,
      payload: () => newOrder(body),
      id: 'order_id',
      answer: acceptedOrder,
      note: ({ payload: { order_id } }) => this.lateOrders.note(order_id),
      afterwards:
        waitSeconds === 0
          ? undefined
          : (accepted, gone) => this.awaitRuling.answer(accepted, waitSeconds, gone),
      extraTimeMs: waitSeconds * 1000 + NOTE_DEADLINE_MS,
    });
  }
}
