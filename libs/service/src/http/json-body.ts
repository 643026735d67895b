import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import { parseStrictItems, parseStrictJson, type BodyItems, type StrictItems } from './strict-json.ts';

/** Bodies are at most this long unless a route says otherwise. */
export const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024;

const FAULTS = Symbol('itemFaults');

type Judged = FastifyRequest & { [FAULTS]?: ItemFaults | null };

/** What is wrong with the text of items, by their index. */
export type ItemFaults = StrictItems['faults'];

/** Makes strict JSON the only kind of body the service reads; everything else is 415. Bytes are counted before they are parsed. */
export function acceptOnlyStrictJson(fastify: FastifyInstance): void {
  fastify.decorateRequest(FAULTS, null);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      refuseEncodings(request);
      const { items } = request.routeOptions.config as RouteSettings;
      if (items === undefined) done(null, parseStrictJson(body as Buffer));
      else void parseItems(request, body as Buffer, items).then((value) => done(null, value), done);
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addHook('onRoute', (route) => {
    const limit = (route.config as RouteSettings | undefined)?.bodyLimitBytes;
    if (limit !== undefined) route.bodyLimit = limit;
  });
}

interface RouteSettings {
  readonly bodyLimitBytes?: number;
  readonly items?: BodyItems;
}

/** The largest body this route takes, in bytes, in place of the default 64 KiB: `@Post() @BodyLimit(512 * 1024)`. */
export function BodyLimit(bytes: number): MethodDecorator {
  return RouteConfig({ bodyLimitBytes: bytes } satisfies RouteSettings);
}

/**
 * A body of many items, each judged by itself: `@Post() @BodyOfItems({ member: 'events', maxItems: 500, limitBytes: 512 * 1024 })`. A
 * fault in an item's text does not refuse the others; the handler asks `itemFaultsOf` which items it must not use.
 */
export function BodyOfItems({
  limitBytes,
  ...items
}: BodyItems & { readonly limitBytes: number }): MethodDecorator {
  return RouteConfig({ bodyLimitBytes: limitBytes, items } satisfies RouteSettings);
}

/** The items that a handler under `@BodyOfItems` must refuse unseen, and why: duplicate names, control characters, lone surrogates. */
export function itemFaultsOf(request: FastifyRequest): ItemFaults {
  return (request as Judged)[FAULTS] ?? new Map<never, never>();
}

async function parseItems(request: Judged, body: Buffer, items: BodyItems): Promise<unknown> {
  const { value, faults } = await parseStrictItems(body, items, () => request.raw.socket.destroyed);
  request[FAULTS] = faults;
  return value;
}

function refuseEncodings(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Problem({
      status: 415,
      detail: 'The body must not be compressed.',
      headers: { 'accept-encoding': 'identity' },
    });
  }
  const type = request.headers['content-type'];
  if (type === 'application/json') return;
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type ?? '')?.[1];
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    throw new Problem({ status: 415, detail: 'The body must be UTF-8.' });
  }
}
