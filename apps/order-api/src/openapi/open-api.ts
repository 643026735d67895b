import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { TSchema } from 'typebox';
import { orderSchemas } from '../orders/orders.openapi.ts';
import { schemaOf } from './describe.ts';
import { ProblemDetails } from './problem-schema.ts';

/** Every feature adds its own. */
const schemas: Readonly<Record<string, TSchema>> = { Problem: ProblemDetails, ...orderSchemas };

/** The OpenAPI 3.1 document of the application's controllers. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const info = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Orderstream: order-api')
    .setDescription('Accepts orders, and shows what becomes of them. Errors are RFC 9457 problems.')
    .setVersion('1')
    .build();
  const document = SwaggerModule.createDocument(app, info);
  const named = Object.entries(schemas).map(([name, schema]) => [name, schemaOf(schema)] as const);
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(named) } };
}

/** Serves the document at /openapi.json and a page to read and try it at /docs. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
  });
}
