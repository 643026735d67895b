import type { FastifyInstance, HTTPMethods } from 'fastify';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The methods under which some route answers at this URL: what a 405 lists in `Allow`. Empty when the path leads nowhere. */
export function allowedMethods(fastify: FastifyInstance, url: string): HTTPMethods[] {
  const path = url.split('?', 1)[0] as string;
  // findRoute matches like a request is matched, parameters included, although it is typed as if `url` were a pattern.
  return METHODS.filter((method) => isServed(fastify.findRoute({ method, url: path })));
}

/** Fastify finds `/orders/:id` for `/orders/` as well, with an empty parameter, and does not serve it: nothing is there. */
function isServed(route: ReturnType<FastifyInstance['findRoute']>): boolean {
  return route !== null && !Object.values(route.params).includes('');
}
