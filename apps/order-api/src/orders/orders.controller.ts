import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { clientGone } from '../answer.ts';
import { OrderQueries, type Order, type OrderPage } from '../read-model/order-queries.ts';
import { OrderWaits } from '../read-model/order-waits.ts';
import { readOrderFilter } from './order-filter.ts';
import { noSuchOrder } from './no-such-order.ts';

/** Reads of the read model. */
@Controller('v1/orders')
export class OrdersController {
  constructor(
    @Inject(OrderQueries) private readonly queries: OrderQueries,
    @Inject(OrderWaits) private readonly waits: OrderWaits,
  ) {}

  @Get()
  list(@Query() query: Record<string, unknown>): Promise<OrderPage> {
    return this.queries.list(readOrderFilter(query));
  }

  @Get(':order_id')
  async get(
    @Param('order_id') orderId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const order = await this.waits.read(orderId, () => this.queries.find(orderId), clientGone(reply));
    if (order === undefined) throw noSuchOrder();
    return order;
  }
}
