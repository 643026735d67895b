import { fields } from '@orderstream/events';
import Type from 'typebox';
import { accepted, postParameters, postRefusals } from '../openapi/every-post.ts';
import { json, type Path } from '@orderstream/service/openapi';
import { NewPayment, newPaymentExample } from './payment-body.ts';

const AcceptedPayment = Type.Object({ payment_id: fields.PaymentId, event_id: fields.EventId });

export const paymentSchemas = { NewPayment, AcceptedPayment };

export const paymentPaths: Readonly<Record<string, Path>> = {
  '/v1/payments': {
    post: {
      operationId: 'receivePayment',
      tags: ['payments'],
      summary: 'Report a payment',
      description:
        'For a payment provider’s webhook: may be repeated, come late, or before its order. A `payment_id` names one attempt and its ' +
        'outcome; repeated with the same content it counts once. One is made when it is absent. Whether a payment fits its order ' +
        'is ruled on later; the first one that fits pays.',
      parameters: postParameters,
      requestBody: { required: true, content: json('NewPayment', newPaymentExample) },
      responses: {
        202: accepted('AcceptedPayment', {
          payment_id: newPaymentExample.payment_id,
          event_id: '019a8c4f-0a42-7b66-93d7-0d1f6b2ce005',
        }),
        ...postRefusals,
      },
    },
  },
};
