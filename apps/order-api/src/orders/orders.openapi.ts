import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DescribesPost, JsonAnswer, named, ProblemAnswer, schemaOf } from '../openapi/describe.ts';
import { AcceptedOrder, OrderList, OrderView } from './order-answers.ts';
import { NewOrder, newOrderExample } from './order-body.ts';
import { acceptedOrderExample, orderExample, orderStreamExample } from './order-examples.ts';
import { OrderListQuery } from './order-filter.ts';

/** The schemas that this feature's operations refer to by name. */
export const orderSchemas = { NewOrder, AcceptedOrder, Order: OrderView, OrderList };

const orderId = ApiParam({
  name: 'order_id',
  schema: { type: 'string', format: 'uuid' },
  example: orderExample.order_id,
});
const notFound = ProblemAnswer(404, {
  description:
    'No such order. An order accepted within the last 10 s is waited for, up to 2 s, before this is said.',
});
const unavailable = ProblemAnswer(503, {
  description: 'Orders cannot be read now.',
  headers: { 'Retry-After': 'seconds' },
});

export const describePlaceOrder = applyDecorators(
  ApiTags('orders'),
  ApiOperation({
    operationId: 'placeOrder',
    summary: 'Place an order',
    description:
      'Accepted means: written to the log by all in-sync replicas. The ruling follows; see the order or its stream.',
  }),
  ApiHeader({
    name: 'Prefer',
    required: false,
    description: 'wait=N: answer with the order once it is ruled on, waiting N seconds at most (30).',
    example: 'wait=5',
  }),
  ApiBody({ required: true, schema: named('NewOrder'), examples: { order: { value: newOrderExample } } }),
  JsonAnswer(202, {
    description: 'Accepted.',
    headers: {
      Location: 'where the order is',
      'Idempotency-Replayed': '`true` on the repeat of a request that was answered before',
    },
    schema: 'AcceptedOrder',
    example: acceptedOrderExample,
  }),
  JsonAnswer(201, {
    description: 'Confirmed or rejected within the time the caller preferred to wait.',
    headers: { Location: 'where the order is', 'Preference-Applied': 'wait=N' },
    schema: 'Order',
    example: orderExample,
  }),
  DescribesPost(),
);

export const describeGetOrder = applyDecorators(
  ApiTags('orders'),
  ApiOperation({ operationId: 'getOrder', summary: 'Read an order and its timeline' }),
  orderId,
  JsonAnswer(200, { description: 'The order.', schema: 'Order', example: orderExample }),
  notFound,
  unavailable,
);

export const describeListOrders = applyDecorators(
  ApiTags('orders'),
  ApiOperation({ operationId: 'listOrders', summary: 'List orders, newest first' }),
  ...Object.entries(OrderListQuery.properties).map(([name, schema]) =>
    ApiQuery({ name, required: false, schema: schemaOf(schema) }),
  ),
  JsonAnswer(200, {
    description: 'A page of orders.',
    schema: 'OrderList',
    example: { orders: [orderExample], next_cursor: 'AZqMTnsafD6fVC9tCkvgAQ' },
  }),
  ProblemAnswer(400, { description: 'A parameter is wrong or unknown.' }),
  unavailable,
);

export const describeStreamOrder = applyDecorators(
  ApiTags('orders'),
  ApiOperation({
    operationId: 'streamOrder',
    summary: 'Follow an order',
    description:
      'Server-sent events: every step so far, then each new one; `data` is the event’s envelope. Ends after order.rejected and ' +
      'order.cancelled. A comment is sent every 15 s.',
  }),
  orderId,
  ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Resume after this event.' }),
  ApiResponse({
    status: 200,
    description: 'The stream.',
    content: { 'text/event-stream': { schema: { type: 'string' }, example: orderStreamExample } },
  }),
  ApiResponse({ status: 204, description: 'Nothing will ever follow Last-Event-ID: stop reconnecting.' }),
  notFound,
  unavailable,
);
