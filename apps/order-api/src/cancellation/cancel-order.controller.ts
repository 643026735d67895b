import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { isUuidv7, orderCancellationRequested } from '@orderstream/events';
import { BodyPipe } from '@orderstream/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Acceptance } from '../acceptance/acceptance.ts';
import { noSuchOrder } from '../orders/no-such-order.ts';
import { FRESH_WAIT_MS } from '../read-model/order-waits.ts';
import { Cancellable } from './cancellable.ts';
import { Cancellation } from './cancellation-body.ts';

/** POST /v1/orders/{order_id}/cancellation. Accepted means asked: the worker rules, and the order's stream says how. */
@Controller('v1/orders')
export class CancelOrderController {
  constructor(
    @Inject(Acceptance) private readonly acceptance: Acceptance,
    @Inject(Cancellable) private readonly cancellable: Cancellable,
  ) {}

  @Post(':order_id/cancellation')
  async cancel(
    @Param('order_id') order_id: string,
    @Body(new BodyPipe(Cancellation)) body: Cancellation,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (!isUuidv7(order_id)) throw noSuchOrder();
    return this.acceptance.accept(request, reply, {
      contract: orderCancellationRequested,
      body: { order_id, ...body },
      payload: () => ({ order_id, ...body }),
      id: 'order_id',
      check: ({ event_id }, gone) => this.cancellable.check(order_id, event_id, gone),
      extraTimeMs: FRESH_WAIT_MS,
    });
  }
}
