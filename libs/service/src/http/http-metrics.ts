import type { FastifyInstance } from 'fastify';
import { Histogram, register } from 'prom-client';

/** From half a millisecond, where a read answers, to the 30 s a request may wait by `Prefer: wait`. */
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** One per process, however many services a test starts in it. */
function durations(): Histogram {
  const name = 'http_request_duration_seconds';
  return (
    (register.getSingleMetric(name) as Histogram | undefined) ??
    new Histogram({
      name,
      help: 'From the request’s header to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS_SECONDS,
    })
  );
}

/** Observes each answer's duration under its route's pattern, never its path: one series per route and status. */
export function measureRequests(fastify: FastifyInstance): void {
  const duration = durations();
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    done();
  });
}
