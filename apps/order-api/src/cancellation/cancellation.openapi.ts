import { fields } from '@orderstream/events';
import Type from 'typebox';
import { accepted, postParameters, postRefusals } from '../openapi/every-post.ts';
import { json, problem, type Path } from '@orderstream/service/openapi';
import { noSuchOrderResponse, orderIdParameter } from '../orders/orders.openapi.ts';
import { Cancellation, cancellationExample } from './cancellation-body.ts';
import { refusalOf } from './cancellable.rules.ts';

const AcceptedCancellation = Type.Object({ order_id: fields.OrderId, event_id: fields.EventId });

export const cancellationSchemas = { Cancellation, AcceptedCancellation };

const order_id = orderIdParameter.example;
const reason = refusalOf('cancelled');

export const cancellationPaths: Readonly<Record<string, Path>> = {
  '/v1/orders/{order_id}/cancellation': {
    post: {
      operationId: 'cancelOrder',
      tags: ['orders'],
      summary: 'Ask to cancel an order',
      description:
        'Allowed for what is confirmed or paid; a refund is not ours. Accepted means asked: order.cancelled follows, or ' +
        'order.cancellation_refused where the order had moved on meanwhile. See the order or its stream.',
      parameters: [orderIdParameter, ...postParameters],
      requestBody: { required: true, content: json('Cancellation', cancellationExample) },
      responses: {
        202: accepted('AcceptedCancellation', { order_id, event_id: '019a8c4f-1c03-7d51-a1f0-6a53a3c0e004' }),
        ...postRefusals,
        404: noSuchOrderResponse,
        409: problem('The order is rejected or cancelled already: `reason` says which.', {
          type: 'urn:orderstream:problem:not-cancellable',
          title: 'The order cannot be cancelled',
          status: 409,
          detail: reason?.detail,
          instance: `/v1/orders/${order_id}/cancellation`,
          reason,
        }),
      },
    },
  },
};
