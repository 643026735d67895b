import type { FastifyInstance, FastifyReply } from 'fastify';
import { register } from 'prom-client';
import type { Health, HealthReport } from './health.ts';

/**
 * `/health/live`, `/health/ready`, `/metrics`. Routes of Fastify, not controllers: guards, prefixes and interceptors that a
 * service sets for its callers must never stand between it and its orchestrator.
 */
export function serveOperators(fastify: FastifyInstance, health: Health): void {
  fastify.get('/health/live', async (_request, reply) => answer(reply, await health.live()));
  fastify.get('/health/ready', async (_request, reply) => answer(reply, await health.ready()));
  fastify.get('/metrics', async (_request, reply) => {
    const text = await register.metrics();
    return reply.header('content-type', register.contentType).send(text);
  });
}

function answer(reply: FastifyReply, { healthy, body }: HealthReport): FastifyReply {
  return reply
    .code(healthy ? 200 : 503)
    .header('cache-control', 'no-store')
    .send(body);
}
