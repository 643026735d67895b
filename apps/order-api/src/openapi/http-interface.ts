import type { HttpInterface } from '@orderstream/service/openapi';
import { cancellationPaths, cancellationSchemas } from '../cancellation/cancellation.openapi.ts';
import { orderPaths, orderSchemas } from '../orders/orders.openapi.ts';
import { paymentPaths, paymentSchemas } from '../payments/payments.openapi.ts';
import { userPaths, userSchemas } from '../users/users.openapi.ts';
import { webEventPaths, webEventSchemas } from '../web-events/web-events.openapi.ts';

/** What /openapi.json says of this service; every feature adds its own here. A test compares it with the routes there are. */
export const httpInterface = {
  description:
    'Accepts orders, payments, cancellations and registrations, and shows what becomes of the orders. Errors are RFC 9457 problems.',
  paths: {
    ...orderPaths,
    ...cancellationPaths,
    ...paymentPaths,
    ...userPaths,
    ...webEventPaths,
  },
  schemas: {
    ...orderSchemas,
    ...cancellationSchemas,
    ...paymentSchemas,
    ...userSchemas,
    ...webEventSchemas,
  },
} satisfies HttpInterface;
