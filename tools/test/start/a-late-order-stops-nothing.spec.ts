import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@orderstream/testing';
import { SERVICES, type ServiceDefinition } from '../../src/services/services.ts';
import { followOneOrder, type Arrival, type FollowOptions } from '../../src/start/follow-order.ts';
import { showOrdersLive } from '../../src/start/live-view.ts';

const ACCEPTED = JSON.stringify({ order_id: 'the-order' });
const CONFIRMED = JSON.stringify({
  status: 'confirmed',
  timeline: [{ event_type: 'order.created' }, { event_type: 'order.confirmed' }],
});
/** Nobody listens there. */
const NOWHERE: ServiceDefinition = { ...(SERVICES[1] as ServiceDefinition), port: 9 };
const platform = { databaseUrl: () => 'postgres://nobody:nothing@127.0.0.1:9/none' };

describe('the order that shows the way', () => {
  const servers: Server[] = [];
  const arrivals: Arrival[] = [];
  const follow = (orderApi: ServiceDefinition, other: Partial<FollowOptions> = {}) =>
    followOneOrder({
      orderApi,
      analytics: NOWHERE,
      platform,
      mailboxUrl: 'http://127.0.0.1:9',
      deadlineMs: 3_000,
      signal: new AbortController().signal,
      onArrival: (arrival) => arrivals.push(arrival),
      ...other,
    });

  beforeEach(() => (arrivals.length = 0));
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  it('services, database and mailbox are away: it is said where it is not, nothing fails', async () => {
    const orderApi = await listening((request, response) => {
      if (request.method === 'POST') response.writeHead(202).end(ACCEPTED);
      else response.end(CONFIRMED);
    });
    const missing = await follow(orderApi);
    expect(missing.sort()).toEqual(['dashboard', 'mailbox', 'warehouse', 'worker']);
    expect(arrivals.map(({ where }) => where)).toEqual(['order-api', 'read model']);
  });

  it('order-api breaks off its answer and is back later: the same order is sent again', async () => {
    const keys = new Set<unknown>();
    let requests = 0;
    const orderApi = await listening((request, response) => {
      if (request.method !== 'POST') return response.end(CONFIRMED);
      keys.add(request.headers['idempotency-key']);
      requests += 1;
      response.writeHead(202, { 'content-length': String(ACCEPTED.length) });
      if (requests > 1) return response.end(ACCEPTED);
      response.write('{"order_');
      return setTimeout(() => response.destroy(), 50);
    });
    expect(await follow(orderApi)).not.toContain('order-api');
    expect(requests).toBe(2);
    expect([...keys]).toEqual([expect.any(String)]);
  });

  it('mails go elsewhere: no mailbox is looked into', async () => {
    const orderApi = await listening((_request, response) => response.writeHead(202).end(ACCEPTED));
    expect(await follow(orderApi, { mailboxUrl: undefined })).not.toContain('mailbox');
  });

  it('order-api refuses it: its answer is said', async () => {
    const orderApi = await listening((_request, response) => response.writeHead(403).end('not allowed'));
    expect(await follow(orderApi, { deadlineMs: 500 })).toEqual(['order-api (403 not allowed)']);
  });

  it('Ctrl-C while order-api does not answer: over at once', async () => {
    const stop = new AbortController();
    const orderApi = await listening(() => stop.abort());
    expect(await follow(orderApi, { deadlineMs: 60_000, signal: stop.signal })).toEqual(['order-api']);
  });

  async function listening(handler: RequestListener): Promise<ServiceDefinition> {
    return { ...NOWHERE, port: await listen(servers, handler) };
  }
});

describe('the live view', () => {
  const servers: Server[] = [];
  const printed: string[] = [];
  const order = { customer_id: 'ada', status: 'confirmed', currency: 'EUR', amount_total: 4980 };
  const pageOf = (...ids: string[]) =>
    JSON.stringify({ orders: ids.map((order_id) => ({ ...order, order_id })) });

  beforeEach(() => (printed.length = 0));
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  it('order-api is killed in the middle of an answer: it goes on, and tells what came meanwhile', async () => {
    const pages = [pageOf('one'), undefined, pageOf('two', 'one')];
    const port = await listen(servers, (_request, response) => {
      const page = pages.length > 1 ? pages.shift() : pages[0];
      if (page !== undefined) return response.end(page);
      response.write('{"orders": [');
      return setTimeout(() => response.destroy(), 50);
    });
    const stop = new AbortController();
    const view = showOrdersLive({ ...NOWHERE, port }, stop.signal, (line) => printed.push(line));
    await Promise.race([view, eventually(() => printed.length > 0)]);
    stop.abort();
    await view;
    expect(printed).toEqual([expect.stringMatching(/ two {2}confirmed .*€49\.80 {2}ada$/)]);
  });

  it('Ctrl-C while order-api does not answer: over at once', async () => {
    const stop = new AbortController();
    const port = await listen(servers, () => stop.abort());
    const over = showOrdersLive({ ...NOWHERE, port }, stop.signal, (line) => printed.push(line));
    // A hanging answer is given up after five seconds only.
    expect(await Promise.race([over.then(() => 'over'), delay(60_000, 'hangs', { ref: false })])).toBe(
      'over',
    );
  });
});

async function listen(servers: Server[], handler: RequestListener): Promise<number> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
