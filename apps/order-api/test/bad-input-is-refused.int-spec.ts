import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { orders } from '@orderstream/events';
import { readTopic } from '@orderstream/testing';
import { newOrder, placeOrder } from './support/order-requests.ts';
import { prepareOrderApi, type OrderApi } from './support/running-order-api.ts';

/** In every body of this file, so that whatever came of one can be found. */
const MARK = `bad-${randomUUID()}`;
const order = (more: Record<string, unknown> = {}) => ({ ...newOrder({ customer_id: MARK }), ...more });
const item = (more: Record<string, unknown>) =>
  order({ items: [{ sku: 'tea', quantity: 1, unit_amount: 1, ...more }] });
const text = (body: unknown = order()): string => JSON.stringify(body);

interface ProblemBody {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

describe('bad input', () => {
  let api: OrderApi;
  let url: string;

  beforeAll(async () => {
    api = await prepareOrderApi();
    ({ url } = await api.start());
  }, 120_000);
  afterAll(() => api.remove(), 60_000);

  async function send(
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = '/v1/orders',
    method = 'POST',
  ): Promise<ProblemBody> {
    const response = await fetch(url + path, {
      method,
      ...(method === 'POST' ? { body, headers: { 'content-type': 'application/json', ...headers } } : {}),
    });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as ProblemBody;
    expect(problem.status).toBe(response.status);
    return problem;
  }

  it.each<[string, unknown, string[]]>([
    ['no object', [], ['#']],
    ['null', null, ['#']],
    ['empty', {}, ['#/customer_id', '#/currency', '#/items']],
    ['an unknown member', order({ custmer: 1 }), ['#/custmer']],
    ['an unknown member of an item', item({ price: 1 }), ['#/items/0/price']],
    ['an unknown member of the contact', order({ contact: { fax: '1' } }), ['#/contact/fax']],
    ['a member of the answer', order({ order_id: randomUUID() }), ['#/order_id']],
    ['a number for a text', order({ currency: 978 }), ['#/currency']],
    ['a text for a number', item({ quantity: '1' }), ['#/items/0/quantity']],
    ['null for an optional member', order({ contact: null }), ['#/contact']],
    ['a forbidden customer', order({ customer_id: `${MARK}!` }), ['#/customer_id']],
    ['a customer too long', order({ customer_id: 'c'.repeat(65) }), ['#/customer_id']],
    ['no currency of ISO 4217', order({ currency: 'EUX' }), ['#/currency']],
    ['a currency in lower case', order({ currency: 'eur' }), ['#/currency']],
    ['no items', order({ items: [] }), ['#/items']],
    ['101 items', order({ items: Array(101).fill({ sku: 'a', quantity: 1, unit_amount: 1 }) }), ['#/items']],
    ['an empty sku', item({ sku: '' }), ['#/items/0/sku']],
    ['a sku too long', item({ sku: 's'.repeat(65) }), ['#/items/0/sku']],
    ['quantity 0', item({ quantity: 0 }), ['#/items/0/quantity']],
    ['quantity 10,001', item({ quantity: 10_001 }), ['#/items/0/quantity']],
    ['quantity 1.5', item({ quantity: 1.5 }), ['#/items/0/quantity']],
    ['a negative amount', item({ unit_amount: -1 }), ['#/items/0/unit_amount']],
    ['an amount beyond 10^12', item({ unit_amount: 1_000_000_000_001 }), ['#/items/0/unit_amount']],
    [
      'a total beyond a safe integer',
      item({ quantity: 10_000, unit_amount: 1_000_000_000_000 }),
      ['#/items'],
    ],
    [
      'an address whose domain ends in a hyphen',
      order({ contact: { email: 'a@example.c-' } }),
      ['#/contact/email'],
    ],
    ['no e-mail address', order({ contact: { email: 'a@b@c.de' } }), ['#/contact/email']],
    ['no phone number', order({ contact: { phone: '030 1234' } }), ['#/contact/phone']],
    ['NUL in a text', item({ sku: 'te\u0000a' }), ['#/items/0/sku']],
    ['half a surrogate pair', item({ sku: 'te\ud800a' }), ['#/items/0/sku']],
    [
      'several mistakes at once',
      order({ currency: 1, items: [{ sku: 'a', quantity: 0, unit_amount: -1 }] }),
      ['#/currency', '#/items/0/quantity', '#/items/0/unit_amount'],
    ],
  ])('%s: 400 pointing at it', async (_, body, pointers) => {
    const problem = await send(text(body));
    expect(problem.status).toBe(400);
    expect(problem.errors?.map(({ pointer }) => pointer).sort()).toEqual([...pointers].sort());
    expect(JSON.stringify(problem)).not.toContain(MARK);
  });

  it.each<[string, string | Buffer, string[] | undefined]>([
    ['an empty body', '', undefined],
    ['no JSON', `{"customer_id": ${MARK}`, undefined],
    ['two values', `${text()} ${text()}`, undefined],
    ['NaN', text(item({ quantity: 1 })).replace('"quantity":1', '"quantity":NaN'), undefined],
    ['a raw control character', text(item({ sku: 'TAB' })).replace('TAB', '\t'), ['#/items/0/sku']],
    ['a member twice', text().replace('{', `{"customer_id":"${MARK}",`), ['#/customer_id']],
    ['a member twice, once escaped', text().replace('{', '{"\\u0063urrency":"USD",'), ['#/currency']],
    ['__proto__', text().replace('{', '{"__proto__":{},'), ['#/__proto__']],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"customer_id":"'), Buffer.from([0xff, 0x22, 0x7d])]),
      undefined,
    ],
    ['a byte order mark', `\ufeff${text()}`, undefined],
    ['nested 100,000 deep', '['.repeat(30_000) + ']'.repeat(30_000), ['#']],
  ])('%s: 400', async (_, body, pointers) => {
    const problem = await send(body);
    expect(problem.status).toBe(400);
    if (pointers !== undefined)
      expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(expect.arrayContaining(pointers));
  });

  it.each<[number, string, string | Buffer, Record<string, string>]>([
    [413, '10 MB', Buffer.alloc(10 * 1024 * 1024, 0x20), {}],
    [413, 'one byte too many', text().padEnd(64 * 1024 + 1), {}],
    [415, 'text/plain', text(), { 'content-type': 'text/plain' }],
    [415, 'a form', text(), { 'content-type': 'application/x-www-form-urlencoded' }],
    [415, 'another charset', text(), { 'content-type': 'application/json; charset=iso-8859-1' }],
    [415, 'gzip', gzipSync(text()), { 'content-encoding': 'gzip' }],
    [400, 'a key too long', text(), { 'idempotency-key': 'k'.repeat(256) }],
    [400, 'a key beyond ASCII', text(), { 'idempotency-key': 'caf\u00e9' }],
    [400, 'a keyed request with a bad body', text(order({ currency: 'EUX' })), { 'idempotency-key': MARK }],
  ])('%d: %s', async (status, _, body, headers) => {
    expect((await send(body, headers)).status).toBe(status);
  });

  it.each<[number, string, string]>([
    [404, 'GET', '/v1/ordres'],
    [404, 'GET', '/v1/orders/no-uuid'],
    [404, 'GET', '/v1/orders/no-uuid/events'],
    [404, 'GET', `/v1/orders/${randomUUID()}`],
    [404, 'GET', '/v1/orders/01900000-0000-7000-8000-000000000000'],
    [405, 'DELETE', '/v1/orders'],
    [405, 'PUT', '/v1/orders/01900000-0000-7000-8000-000000000000'],
    [400, 'GET', '/v1/orders?limit=0'],
    [400, 'GET', '/v1/orders?limit=101'],
    [400, 'GET', '/v1/orders?limit=1e1'],
    [400, 'GET', '/v1/orders?limit=1&limit=2'],
    [400, 'GET', '/v1/orders?status=shipped'],
    [400, 'GET', '/v1/orders?custmer_id=c-1'],
    [400, 'GET', '/v1/orders?customer_id='],
    [400, 'GET', `/v1/orders?cursor=${randomUUID()}`],
    [400, 'GET', '/v1/orders/%ff'],
  ])('%d: %s %s', async (status, method, path) => {
    expect((await send('', {}, path, method)).status).toBe(status);
  });

  it('after all of that: nothing is on the topic, and nothing failed inside', async () => {
    const good = await placeOrder(url, order());
    expect(good.status).toBe(202);
    const marked = (await readTopic(orders, { deadlineMs: 60_000 })).filter(({ value }) =>
      value?.includes(MARK),
    );
    expect(marked.map(({ key }) => key)).toEqual([good.json['order_id']]);
    expect(await api.database.query('SELECT key FROM order_api.idempotency_keys')).toEqual([]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics.match(/^http_request_duration_seconds_count.*\/v1\/.*status="5.*$/gm) ?? []).toEqual([]);
  }, 90_000);
});
