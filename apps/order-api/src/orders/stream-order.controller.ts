import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { isUuidv7 } from '@orderstream/events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientGone } from '../answer.ts';
import { OrderQueries } from '../read-model/order-queries.ts';
import { OrderWaits } from '../read-model/order-waits.ts';
import { noSuchOrder } from './no-such-order.ts';
import { OrderStreams, STREAM_HEAD } from './order-streams.ts';

/** GET /v1/orders/{order_id}/events: the steps of an order as server-sent events, those that were and those to come. */
@Controller('v1/orders')
export class StreamOrderController {
  constructor(
    @Inject(OrderQueries) private readonly queries: OrderQueries,
    @Inject(OrderWaits) private readonly waits: OrderWaits,
    @Inject(OrderStreams) private readonly streams: OrderStreams,
  ) {}

  @Get(':order_id/events')
  async stream(
    @Param('order_id') orderId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const header = request.headers['last-event-id'];
    const lastEventId = typeof header === 'string' && isUuidv7(header) ? header : undefined;
    const read = () => this.queries.streamStart(orderId, lastEventId);
    const start = await this.waits.read(orderId, read, clientGone(reply));
    if (start === undefined) throw noSuchOrder();
    // The one answer that stops an EventSource from coming back for more.
    if (start.isOver) void reply.code(204).send();
    else if (request.method === 'HEAD') void reply.headers(STREAM_HEAD).send();
    else this.streams.open(reply, orderId, start.after);
  }
}
