import { accepted, postParameters, postRefusals } from '../openapi/every-post.ts';
import {
  headers,
  json,
  problem,
  type Parameter,
  type Path,
  type Response,
} from '@orderstream/service/openapi';
import { AcceptedOrder, OrderList, OrderView } from './order-answers.ts';
import { NewOrder, newOrderExample } from './order-body.ts';
import { acceptedOrderExample, orderExample, orderStreamExample } from './order-examples.ts';
import { OrderListQuery } from './order-filter.ts';

/** The schemas that the operations refer to by name. */
export const orderSchemas = { NewOrder, AcceptedOrder, Order: OrderView, OrderList };

const tags = ['orders'];
export const orderIdParameter: Parameter = {
  name: 'order_id',
  in: 'path',
  required: true,
  schema: { type: 'string', format: 'uuid' },
  example: orderExample.order_id,
};
export const noSuchOrderResponse = problem(
  'No such order. An order accepted within the last 10 s is waited for, up to 2 s, before this is said.',
);
const unavailable: Response = {
  ...problem(
    'Orders cannot be read now, or too many wait for them already. `outcome` is `not-accepted`: the request had no effect and may be repeated.',
    {
      type: 'urn:orderstream:problem:not-accepted',
      title: 'Not accepted',
      status: 503,
      detail: 'Orders cannot be read at the moment. The request had no effect. It may be repeated.',
      instance: '/v1/orders',
      outcome: 'not-accepted',
    },
  ),
  headers: headers({ 'Retry-After': 'seconds' }),
};

export const orderPaths: Readonly<Record<string, Path>> = {
  '/v1/orders': {
    post: {
      operationId: 'placeOrder',
      tags,
      summary: 'Place an order',
      description:
        'Accepted means: all in-sync replicas hold it. The ruling follows; see the order, its stream, or `Prefer`.',
      parameters: [
        ...postParameters,
        {
          name: 'Prefer',
          in: 'header',
          description: 'wait=N: answer with the order once it is ruled on; waits N seconds, at most 30.',
          schema: { type: 'string' },
          example: 'wait=5',
        },
      ],
      requestBody: { required: true, content: json('NewOrder', newOrderExample) },
      responses: {
        201: {
          description: 'Confirmed or rejected within the time the caller preferred to wait.',
          headers: headers({ Location: 'where the order is', 'Preference-Applied': 'wait=N' }),
          content: json('Order', orderExample),
        },
        202: accepted('AcceptedOrder', acceptedOrderExample, { Location: 'where the order is' }),
        ...postRefusals,
      },
    },
    get: {
      operationId: 'listOrders',
      tags,
      summary: 'List orders, newest first',
      parameters: Object.entries(OrderListQuery.properties).map(([name, schema]) => ({
        name,
        in: 'query',
        schema,
      })),
      responses: {
        200: {
          description: 'A page of orders.',
          content: json('OrderList', { orders: [orderExample], next_cursor: 'AZqMTnsafD6fVC9tCkvgAQ' }),
        },
        400: problem('A parameter is wrong or unknown.'),
        503: unavailable,
      },
    },
  },
  '/v1/orders/{order_id}': {
    get: {
      operationId: 'getOrder',
      tags,
      summary: 'Read an order and its timeline',
      parameters: [orderIdParameter],
      responses: {
        200: { description: 'The order.', content: json('Order', orderExample) },
        404: noSuchOrderResponse,
        503: unavailable,
      },
    },
  },
  '/v1/orders/{order_id}/events': {
    get: {
      operationId: 'streamOrder',
      tags,
      summary: 'Follow an order',
      description:
        'Server-sent events: every step so far, then each new one; `data` is the event’s envelope. Ends after order.rejected and ' +
        'order.cancelled. A comment is sent every 15 s.',
      parameters: [
        orderIdParameter,
        {
          name: 'Last-Event-ID',
          in: 'header',
          description: 'Resume after this event.',
          schema: { type: 'string' },
        },
      ],
      responses: {
        200: {
          description: 'The stream.',
          content: { 'text/event-stream': { schema: { type: 'string' }, example: orderStreamExample } },
        },
        204: { description: 'Nothing will ever follow Last-Event-ID: stop reconnecting.' },
        404: noSuchOrderResponse,
        503: unavailable,
      },
    },
  },
};
