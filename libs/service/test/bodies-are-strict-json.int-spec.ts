import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Service } from '../src/index.ts';
import { loggedErrors, startEchoService } from './echo-service.ts';
import { post, sendAndHangUp, sendRaw, type RawResponse } from './raw-http.ts';

const run = promisify(execFile);
let service: Service;
beforeAll(async () => (service = await startEchoService()));
afterAll(() => service.stop());

const send = (...pieces: (string | Buffer)[]): Promise<RawResponse> => sendRaw(service.url, ...pieces);

function expectProblem(response: RawResponse, status: number, members: Record<string, unknown>): void {
  expect(response.headers['content-type']).toBe('application/problem+json');
  expect(response.json).toMatchObject({
    status,
    instance: expect.stringMatching(/^\/v1\/echo/) as string,
    ...members,
  });
  expect(response.status).toBe(status);
}

describe('a body as it should be', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"'])(
    'sent as %s: taken as it is',
    async (type) => {
      const body = { text: ' é e\u0301 😀 ', lines: [{ count: 1 }] };
      const response = await send(post('/v1/echo', JSON.stringify(body), { 'content-type': type }));
      expect(response.status).toBe(201);
      expect(response.json).toEqual(body);
    },
  );

  it('in chunks that cut a character in two: whole again', async () => {
    const bytes = Buffer.from('{"text":"😀"}');
    const chunk = (part: Buffer): Buffer =>
      Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
    const response = await send(
      'POST /v1/echo HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
      chunk(bytes.subarray(0, 11)),
      chunk(bytes.subarray(11)),
      '0\r\n\r\n',
    );
    expect(response.json).toEqual({ text: '😀' });
  });

  it('said to be encoded as identity: taken', async () => {
    expect((await send(post('/v1/echo', '{"text":""}', { 'content-encoding': 'identity' }))).status).toBe(
      201,
    );
  });
});

describe('a body too large', () => {
  const TEN_MIB = 10 * 1024 * 1024;
  const large = Buffer.alloc(TEN_MIB, 'x');

  it('said so by Content-Length: 413 although the sender goes on', async () => {
    const response = await send(post('/v1/echo', ''.padEnd(0), { 'content-length': String(TEN_MIB) }), large);
    expectProblem(response, 413, { detail: 'The body is larger than the 65536 bytes this resource takes.' });
  });

  it('in chunks: 413 as soon as the limit is passed', async () => {
    const response = await send(
      'POST /v1/echo HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
      `${TEN_MIB.toString(16)}\r\n`,
      large,
    );
    expectProblem(response, 413, { title: 'Payload Too Large' });
  });

  it('from clients that look for an answer only once they have sent everything: each gets its 413', async () => {
    const script = fileURLToPath(new URL('fixture/upload.mjs', import.meta.url));
    const { stdout } = await run(process.execPath, [script, `${service.url}/v1/echo`, '10']);
    expect(JSON.parse(stdout)).toEqual({ 'byFetch 413': 10, 'andClose 413': 10 });
  });

  it('for a route with its own limit: that limit counts', async () => {
    const fits = JSON.stringify('x'.repeat(998));
    expect((await send(post('/v1/echo/anything', fits))).status).toBe(201);
    expectProblem(await send(post('/v1/echo/anything', `${fits} `)), 413, {
      detail: 'The body is larger than the 1000 bytes this resource takes.',
    });
  });
});

describe('a body of another kind', () => {
  it.each([
    ['text/plain', '{"text":""}'],
    ['application/x-www-form-urlencoded', 'text=x'],
    ['application/merge-patch+json', '{"text":""}'],
    ['application/json5', '{"text":""}'],
    ['nonsense', '{"text":""}'],
  ])('%s: 415', async (type, body) => {
    expectProblem(await send(post('/v1/echo', body, { 'content-type': type })), 415, {
      detail: 'The body must be sent as application/json.',
    });
  });

  it('no type at all: 415', async () => {
    const response = await send('POST /v1/echo HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\n{}');
    expectProblem(response, 415, {});
  });

  it('compressed: 415', async () => {
    const response = await send(post('/v1/echo', 'xx', { 'content-encoding': 'gzip' }));
    expectProblem(response, 415, { detail: 'The body must not be compressed.' });
    expect(response.headers['accept-encoding']).toBe('identity');
  });

  it('in another character set: 415', async () => {
    const type = 'application/json; charset=iso-8859-1';
    expectProblem(await send(post('/v1/echo', '{"text":""}', { 'content-type': type })), 415, {
      detail: 'The body must be UTF-8.',
    });
  });
});

describe('a body that is no JSON, or not strictly', () => {
  it.each([
    ['nothing, though JSON was announced', '', 'The body is empty.'],
    ['half of it', '{"text":"', 'The body stops being JSON at line 1, column 10.'],
    [
      'invalid UTF-8',
      Buffer.from([...Buffer.from('{"text":"'), 0xff, 0x22, 0x7d]),
      'The body is not valid UTF-8.',
    ],
    ['a byte order mark', '\ufeff{"text":""}', 'The body begins with a byte order mark.'],
  ])('%s: 400', async (_case, body, detail) => {
    expectProblem(await send(post('/v1/echo', body)), 400, {
      type: 'urn:orderstream:problem:malformed-json',
      detail,
    });
  });

  it.each([
    ['a name twice', '{"text":"a","text":"b"}', '#/text'],
    [
      'a name twice, deep inside',
      '{"text":"a","lines":[{"count":1},{"count":1,"count":2}]}',
      '#/lines/1/count',
    ],
    ['NUL in a text', '{"text":"a\\u0000"}', '#/text'],
    ['half a surrogate pair', '{"text":"\\ud800"}', '#/text'],
    ['__proto__', '{"text":"a","__proto__":{"text":"b"}}', '#/__proto__'],
    ['constructor', '{"text":"a","constructor":{"prototype":{}}}', '#/constructor'],
    ['an unknown member', '{"text":"a","txet":"b"}', '#/txet'],
    ['a missing member', '{}', '#/text'],
    ['a wrong type', '{"text":"a","lines":[{"count":"1"}]}', '#/lines/0/count'],
  ])('%s: 400 that points at it', async (_case, body, pointer) => {
    const response = await send(post('/v1/echo', body));
    expectProblem(response, 400, { type: 'urn:orderstream:problem:invalid-body' });
    expect((response.json['errors'] as { pointer: string }[]).map((error) => error.pointer)).toEqual([
      pointer,
    ]);
  });

  it('no body at all: 400', async () => {
    const response = await send('POST /v1/echo HTTP/1.1\r\nhost: test\r\ncontent-length: 0\r\n\r\n');
    expectProblem(response, 400, {
      detail: 'A JSON body is required.',
      errors: [{ pointer: '#', detail: 'is missing' }],
    });
  });

  it('30,000 levels deep: 400', async () => {
    expectProblem(await send(post('/v1/echo', '['.repeat(30_000) + ']'.repeat(30_000))), 400, {});
  });

  it('cut off by its sender: nobody is told, nothing is logged', async () => {
    await sendAndHangUp(service.url, post('/v1/echo', '{"text":', { 'content-length': '100' }));
    expect((await send(post('/v1/echo', '{"text":"a"}'))).status).toBe(201);
    expect(loggedErrors).toEqual([]);
  });
});
