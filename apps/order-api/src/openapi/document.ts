import type { TSchema } from 'typebox';
import { cancellationPaths, cancellationSchemas } from '../cancellation/cancellation.openapi.ts';
import { orderPaths, orderSchemas } from '../orders/orders.openapi.ts';
import { paymentPaths, paymentSchemas } from '../payments/payments.openapi.ts';
import { userPaths, userSchemas } from '../users/users.openapi.ts';
import { webEventPaths, webEventSchemas } from '../web-events/web-events.openapi.ts';
import type { Path } from './operation.ts';
import { ProblemDetails } from './problem-details.ts';

/** Every feature adds its own here. */
const paths: Readonly<Record<string, Path>> = {
  ...orderPaths,
  ...cancellationPaths,
  ...paymentPaths,
  ...userPaths,
  ...webEventPaths,
};
const schemas: Readonly<Record<string, TSchema>> = {
  Problem: ProblemDetails,
  ...orderSchemas,
  ...cancellationSchemas,
  ...paymentSchemas,
  ...userSchemas,
  ...webEventSchemas,
};

/** The OpenAPI 3.1 document. A test compares it with the routes there are. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Orderstream: order-api',
    version: '1',
    description:
      'Accepts orders, payments, cancellations and registrations, and shows what becomes of the orders. Errors are RFC 9457 problems.',
  },
  paths,
  components: { schemas },
} as const;
