import type { TSchema } from 'typebox';
import { orderPaths, orderSchemas } from '../orders/orders.openapi.ts';
import type { Path } from './operation.ts';
import { ProblemDetails } from './problem-details.ts';

/** Every feature adds its own here. */
const paths: Readonly<Record<string, Path>> = { ...orderPaths };
const schemas: Readonly<Record<string, TSchema>> = { Problem: ProblemDetails, ...orderSchemas };

/** The OpenAPI 3.1 document. A test compares it with the routes there are. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Orderstream: order-api',
    version: '1',
    description: 'Accepts orders, and shows what becomes of them. Errors are RFC 9457 problems.',
  },
  paths,
  components: { schemas },
} as const;
