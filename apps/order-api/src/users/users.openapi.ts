import { fields } from '@orderstream/events';
import Type from 'typebox';
import { accepted, postParameters, postRefusals } from '../openapi/every-post.ts';
import { json, type Path } from '@orderstream/service/openapi';
import { NewUser, newUserExample } from './user-body.ts';

const AcceptedUser = Type.Object({ user_id: fields.UserId, event_id: fields.EventId });

export const userSchemas = { NewUser, AcceptedUser };

export const userPaths: Readonly<Record<string, Path>> = {
  '/v1/users': {
    post: {
      operationId: 'registerUser',
      tags: ['users'],
      summary: 'Register a customer',
      description:
        '`user_id` is the `customer_id` of orders; one is made when it is absent. Who registers again replaces the details.',
      parameters: postParameters,
      requestBody: { required: true, content: json('NewUser', newUserExample) },
      responses: {
        202: accepted('AcceptedUser', {
          user_id: newUserExample.user_id,
          event_id: '019a8c4e-5d10-7e0b-8a77-c2b9d4f1e006',
        }),
        ...postRefusals,
      },
    },
  },
};
