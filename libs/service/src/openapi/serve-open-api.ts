import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { OpenApiDocument } from './document.ts';

const page = (title: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>${title}</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" href="/docs/favicon-32x32.png" />
  </head>
  <body>
    <div id="page"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script>SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true });</script>
  </body>
</html>
`;

/**
 * Serves the document at /openapi.json and Swagger UI at /docs. Without @nestjs/swagger, which keeps 16 MB of every instance for a
 * page that is opened twice a year.
 */
export async function serveOpenApi(fastify: FastifyInstance, document: OpenApiDocument): Promise<void> {
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  await fastify.register(fastifyStatic, { root, prefix: '/docs/', index: false, decorateReply: false });
  const html = page(document.info.title);
  for (const path of ['/docs', '/docs/'])
    fastify.get(path, (_request, reply) => reply.type('text/html; charset=utf-8').send(html));
  fastify.get('/openapi.json', () => document);
}
