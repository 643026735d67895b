import type { Service } from '../src/index.ts';
import { loggedErrors, startEchoService } from './echo-service.ts';
import { post, readToEnd, sendRaw, type RawResponse } from './raw-http.ts';

let service: Service;
beforeAll(async () => (service = await startEchoService()));
afterAll(() => service.stop());

function get(path: string, ...headers: string[]): Promise<RawResponse> {
  const lines = ['host: test', ...headers].map((line) => `${line}\r\n`).join('');
  return sendRaw(service.url, `GET ${path} HTTP/1.1\r\n${lines}\r\n`);
}

function expectProblem(response: RawResponse, status: number, members: Record<string, unknown> = {}): void {
  expect(response.headers['content-type']).toBe('application/problem+json');
  expect(response.status).toBe(status);
  expect(response.json).toMatchObject({
    status,
    type: expect.any(String) as string,
    title: expect.any(String) as string,
    detail: expect.any(String) as string,
    ...members,
  });
}

describe('where nothing is', () => {
  it('an unknown path: 404', async () => {
    expectProblem(await get('/v1/nothing?token=secret'), 404, {
      type: 'about:blank',
      title: 'Not Found',
      detail: 'There is nothing at this path.',
      instance: '/v1/nothing',
    });
  });

  it('a known path under another method: 405 with Allow', async () => {
    const response = await get('/v1/echo?x=1');
    expectProblem(response, 405, { detail: 'This resource answers POST.' });
    expect(response.headers['allow']).toBe('POST');
  });

  it.each(['/v1/echo/things/', '/v1/echo/things/?x=1'])(
    '%s, where a parameter is empty: 404',
    async (path) => {
      expectProblem(await get(path), 404, { detail: 'There is nothing at this path.' });
    },
  );

  it('a file that is not there: 404', async () => {
    expectProblem(await get('/docs/nothing.js'), 404, { detail: 'There is nothing at this path.' });
  });

  it('a path with a parameter under another method: 405 with every method it answers', async () => {
    const response = await sendRaw(service.url, post('/v1/echo/things/7', '{}'));
    expectProblem(response, 405);
    expect(response.headers['allow']).toBe('GET, HEAD');
  });

  it('a method that no route here knows: 405', async () => {
    const response = await sendRaw(service.url, 'PROPFIND /v1/echo HTTP/1.1\r\nhost: test\r\n\r\n');
    expectProblem(response, 405);
  });

  it.each([
    ['of a type nobody reads', '<a/>', { 'content-type': 'text/xml' }],
    ['that is no JSON', '{"text":', {}],
    ['that is too large', '', { 'content-length': '10000000' }],
    ['that is compressed', 'xx', { 'content-encoding': 'gzip' }],
    ['of which only a part has come', '{"text":', { 'content-length': '100' }],
  ])(
    'a body %s: 404 where the path leads nowhere, 405 under the wrong method',
    async (_case, body, headers) => {
      expectProblem(await sendRaw(service.url, post('/v1/nothing', body, headers)), 404);
      expectProblem(await sendRaw(service.url, post('/v1/echo/things//parts', body, headers)), 404);
      const response = await sendRaw(service.url, post('/v1/echo/things/7', body, headers));
      expectProblem(response, 405, { detail: 'This resource answers GET, HEAD.' });
      expect(response.headers['allow']).toBe('GET, HEAD');
    },
  );
});

describe('what a handler throws', () => {
  it.each(['unforeseen', 'odd', 'internal'])('%s: 500 with a trace id and no internal word', async (path) => {
    const response = await get(
      `/v1/failures/${path}`,
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    );
    expectProblem(response, 500, {
      title: 'Internal Server Error',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
    });
    expect(response.body).not.toContain('hunter2');
    expect(loggedErrors.at(-1)).toMatchObject({
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      method: 'GET',
      route: `/v1/failures/${path}`,
    });
  });

  it('an HttpException of the 4xx range: its message is the detail', async () => {
    expectProblem(await get('/v1/failures/conflict'), 409, {
      title: 'Conflict',
      detail: 'The order is already cancelled.',
    });
  });

  it('a Problem: as it was made; extension members do not replace standard ones', async () => {
    const response = await get('/v1/failures/busy');
    expect(response.json).toEqual({
      type: 'urn:orderstream:problem:not-accepted',
      title: 'The order was not accepted',
      status: 503,
      detail: 'Kafka is away.',
      instance: '/v1/failures/busy',
      outcome: 'not-accepted',
    });
    expect(response.headers['retry-after']).toBe('7');
  });

  it('a 429: always with Retry-After', async () => {
    const response = await get('/v1/failures/limited');
    expectProblem(response, 429);
    expect(response.headers['retry-after']).toBe('1');
  });
});

describe('what never reaches a handler', () => {
  it.each([
    ['a malformed URL', 'GET /v1/%zz HTTP/1.1\r\nhost: test\r\n\r\n', 400, 'The URL is malformed.'],
    [
      'a path parameter too long',
      `GET /v1/echo/things/${'x'.repeat(200)} HTTP/1.1\r\nhost: test\r\n\r\n`,
      414,
      'A part of the path is too long.',
    ],
    ['no Host', 'GET /v1/echo/things/1 HTTP/1.1\r\n\r\n', 400, 'The Host header is missing.'],
    ['a broken request line', 'NONSENSE\r\n\r\n', 400, 'This is not an HTTP request.'],
    ['a method nobody knows', 'FETCH / HTTP/1.1\r\nhost: test\r\n\r\n', 400, 'This is not an HTTP request.'],
    [
      'a header too large',
      `GET / HTTP/1.1\r\nhost: test\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'The header is too large.',
    ],
    [
      'two lengths',
      'POST /v1/echo HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}',
      400,
      'This is not an HTTP request.',
    ],
    [
      'an unknown expectation',
      'GET /v1/echo/things/1 HTTP/1.1\r\nhost: test\r\nexpect: miracles\r\n\r\n',
      417,
      'Only Expect: 100-continue is known.',
    ],
    ['a tunnel', 'CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere:443\r\n\r\n', 405, 'This is no proxy.'],
    [
      'a broken chunk',
      'POST /v1/echo HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      400,
      'This is not an HTTP request.',
    ],
  ])('%s: %s', async (_case, request, status, detail) => {
    expectProblem(await sendRaw(service.url, request), status, { detail });
  });

  it.each([
    ['garbage', 'NONSENSE\r\n\r\n'],
    ['a header too large', `GET / HTTP/1.1\r\nhost: test\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
    [
      'a body that breaks off',
      'POST /v1/echo HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ],
  ])('%s behind whole requests: those are answered, and the connection ends', async (_case, rest) => {
    const requests = ['{"text":"a"}', '{"text":"b"}'].map((body) => post('/v1/echo', body));
    const text = await readToEnd(service.url, Buffer.concat([...requests, Buffer.from(rest)]));
    const parts = text.match(/HTTP\/1\.1 \d+|\{.*?\}/g);
    expect(parts).toEqual(['HTTP/1.1 201', '{"text":"a"}', 'HTTP/1.1 201', '{"text":"b"}']);
  });

  it('more than one request on a connection that was to be closed after it: that one’s own answer', async () => {
    const request = post('/v1/echo', '{"text":"a"}', { connection: 'close' });
    const text = await readToEnd(service.url, Buffer.concat([request, Buffer.from('NONSENSE')]));
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 201']);
  });

  it('afterwards: the service still answers', async () => {
    expect((await get('/v1/echo/things/1')).json).toEqual({ id: '1' });
  });
});
