import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { partitionOf, uuidv7, webEvents } from '@orderstream/events';
import { eventually, freePort, readTopic } from '@orderstream/testing';
import { post } from '../support/order-requests.ts';
import { prepareOrderApi, type Instance, type OrderApi } from '../support/running-order-api.ts';

const view = (session_id: string, more: object = {}): object => ({
  event_type: 'product.viewed',
  session_id,
  properties: { sku: 'cup', unit_amount: 1250, currency: 'EUR' },
  ...more,
});

describe('POST /v1/web-events', () => {
  let api: OrderApi;
  let one: Instance;
  beforeAll(async () => {
    api = await prepareOrderApi();
    one = await api.start();
  }, 120_000);
  afterAll(() => api.remove(), 60_000);

  const send = (body: unknown, headers?: Record<string, string>, url = one.url) =>
    post(`${url}/v1/web-events`, body, headers);

  /** A request whose body has begun. */
  async function begin(length: number, body: string, header = ''): Promise<Socket> {
    const socket = connect(Number(new URL(one.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      `POST /v1/web-events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${header}\r\n${body}`,
    );
    return socket;
  }

  /** What of a session is on the topic. */
  async function published(session: string) {
    const records = await readTopic(webEvents, { deadlineMs: 60_000 });
    return records.filter(({ key }) => key === session);
  }

  it('a batch with a bad item: the others are on the topic, keyed by session, in their order; the bad one is named', async () => {
    const session = uuidv7();
    const answer = await send({
      events: [
        view(session),
        view(session, { properties: { sku: 'cup', unit_amount: -1 } }),
        view(session, {
          event_type: 'cart.item_added',
          properties: { sku: 'cup', quantity: 2, unit_amount: 1250, currency: 'EUR' },
        }),
      ],
    });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      accepted: 2,
      rejected: [
        {
          index: 1,
          errors: [{ pointer: '#/events/1/properties/unit_amount', detail: 'must be at least 0' }],
        },
      ],
    });
    const records = await published(session);
    expect(records.map(({ headers }) => headers['event-type'])).toEqual([
      'product.viewed',
      'cart.item_added',
    ]);
    expect(new Set(records.map(({ partition }) => partition))).toEqual(
      new Set([partitionOf(session, webEvents.partitions)]),
    );
  });

  it.each<[string, unknown, string]>([
    ['no events', {}, '#/events'],
    ['an empty batch', { events: [] }, '#/events'],
    ['501 events', { events: Array.from({ length: 501 }, () => view('s')) }, '#/events'],
    ['an unknown member beside them', { events: [view('s')], source: 'x' }, '#/source'],
  ])('%s: 400', async (_, body, pointer) => {
    const answer = await send(body);
    expect([answer.status, answer.json['errors']]).toEqual([400, [expect.objectContaining({ pointer })]]);
  });

  it('line breaks, a cut emoji, a name twice within an item: that item is named, the others are taken', async () => {
    const session = uuidv7();
    const click = (text: string): string =>
      `{"event_type":"element.clicked","session_id":"${session}","properties":{"url":"https://shop.example/","selector":"#buy","text":"${text}"}}`;
    const twice = click('Once').replace('"selector"', '"url":"https://shop.example/b","selector"');
    const [cut, broken] = [click(String.raw`Cup \ud83d`), click(String.raw`Add\nto cart`)];
    const batch = (fourth: string): string => `{"events":[${[click('Buy'), broken, cut, fourth].join(',')}]}`;
    const key = { 'idempotency-key': randomUUID() };
    const answer = await send(batch(twice), key);
    expect(answer.status).toBe(202);
    const named = (index: number, member: string, detail: string) => ({
      index,
      errors: [{ pointer: `#/events/${index}/properties/${member}`, detail }],
    });
    expect(answer.json).toEqual({
      accepted: 1,
      rejected: [
        named(1, 'text', 'must not contain control characters (U+0000 to U+001F) in text'),
        named(2, 'text', 'must not contain half a surrogate pair in text'),
        named(3, 'url', 'must not occur twice in one object'),
      ],
    });
    const sent = (await published(session)).map(({ value }) => JSON.parse(String(value)) as object);
    expect(sent).toMatchObject([{ payload: { properties: { text: 'Buy' } } }]);
    // The same to whom has only the parsed items: it is not.
    const mended = click('Once').replace('https://shop.example/', 'https://shop.example/b');
    expect((await send(batch(mended), key)).status).toBe(422);
    expect((await send(batch(twice), key)).headers.get('idempotency-replayed')).toBe('true');
  });

  it.each([
    ['a name twice beside the items', `{"events":[1],"events":[${JSON.stringify(view('s'))}]}`, '#/events'],
    ['a raw line feed in an item', '{"events":[{"session_id":"a\nb"}]}', '#/events/0/session_id'],
  ])('%s: 400', async (_, body, pointer) => {
    const answer = await send(body);
    expect([answer.status, answer.json['errors']]).toEqual([400, [expect.objectContaining({ pointer })]]);
  });

  it('500 events of almost 1 KiB each: taken; past 512 KiB: 413', async () => {
    const page = (url: string): object => ({
      event_type: 'page.viewed',
      session_id: 's',
      properties: { url },
    });
    const batch = (length: number): object => ({
      events: Array.from({ length: 500 }, () => page(`https://shop.example/${'x'.repeat(length)}`)),
    });
    expect((await send(batch(930))).json).toEqual({ accepted: 500, rejected: [] });
    expect((await send(batch(1_024))).status).toBe(413);
  });

  it('the same batch again under its Idempotency-Key: the same answer, the same events', async () => {
    const session = uuidv7();
    const [body, key] = [
      { events: [view(session), { nonsense: true }] },
      { 'idempotency-key': randomUUID() },
    ];
    const first = await send(body, key);
    const again = await send(body, key);
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
    expect(await published(session)).toHaveLength(1);
    expect((await send({ events: [view(session)] }, key)).status).toBe(422);
  });

  it('one batch of 512 KiB after the other, each as soon as the one before is answered: all are taken', async () => {
    const body = JSON.stringify({ events: [view('steady')] }).padEnd(512 * 1024);
    const statuses: number[] = [];
    for (let batch = 0; batch < 50; batch += 1) statuses.push((await send(body)).status);
    expect(new Set(statuses)).toEqual(new Set([202]));
  });

  it('a client that announces 512 KiB and sends them slowly: others are taken meanwhile, and it is taken in the end', async () => {
    const body = JSON.stringify({ events: [view('slow')] }).padEnd(512 * 1024);
    const slow = await begin(body.length, '', 'Expect: 100-continue\r\n');
    // It is let in before there are others.
    expect(String(await once(slow, 'data'))).toMatch(/^HTTP\/1\.1 100 /);
    slow.write(body.slice(0, 1_000));
    expect((await send({ events: [view('quick')] })).status).toBe(202);
    expect((await send(JSON.stringify({ events: [view('large')] }).padEnd(512 * 1024))).status).toBe(202);
    slow.write(body.slice(1_000));
    const [answer] = (await once(slow, 'data')) as [Buffer];
    slow.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 202 /);
  });

  it('16 MiB of bodies begun and not ended: 429; their clients leave: taken', async () => {
    const bytes = 512 * 1024;
    const beginSlowly = (length: number) => begin(bytes, '{"events":['.padEnd(length));
    const slow = await Promise.all(Array.from({ length: 48 }, () => beginSlowly(bytes - 1)));
    const status = async (): Promise<number> => (await send({ events: [view('s')] })).status;
    // 33 of them would do. Some may be turned away while a batch of ours is under way, or leave a little room when they are.
    await eventually(async () => {
      if ((await status()) === 429) return true;
      slow.push(await beginSlowly(bytes - 1), await beginSlowly(1_000));
      return false;
    });
    for (const socket of slow) socket.destroy();
    await eventually(async () => (await status()) === 202);
  });

  it('a refused body does not stand in the way of what the connection brings next', async () => {
    const refused = await begin(600 * 1024, ' '.repeat(600 * 1024));
    const answers: Buffer[] = [];
    refused.on('data', (chunk: Buffer) => answers.push(chunk));
    await eventually(() => /^HTTP\/1\.1 413 /.test(Buffer.concat(answers).toString()));
    refused.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => Buffer.concat(answers).toString().includes('HTTP/1.1 200 '));
    refused.destroy();
  });

  it('a client that sends 8 MiB and closes, and looks for an answer only then: has it, and need not wait', async () => {
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const statusOf = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(`${one.url}/v1/web-events`, { method: 'POST', headers, agent: false }, (response) =>
          resolve(response.resume().statusCode),
        )
          .on('error', reject)
          .end(Buffer.alloc(8 * 1024 * 1024, ' '));
      });
    const startedAtMs = performance.now();
    for (let time = 0; time < 5; time += 1) expect(await statusOf()).toBe(413);
    // Who is not read to the end is answered after 2 s.
    expect(performance.now() - startedAtMs).toBeLessThan(5 * 2_000);
  });

  it('a small batch in chunks while a large one is under way: counts for what it has, and is taken', async () => {
    const cutOff = await api.start({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    const large = JSON.stringify({ events: [view('large')] }).padEnd(500 * 1024);
    // One of them is turned away at once; the other one is under way for as long as Kafka is waited for.
    const both = [send(large, {}, cutOff.url), send(large, {}, cutOff.url)];
    await Promise.race(both);
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      request(`${cutOff.url}/v1/web-events`, { method: 'POST', headers, agent: false }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', reject)
        .end(JSON.stringify({ events: [view('small')] }));
    });
    // Taken, and not confirmed.
    expect(status).toBe(503);
    await Promise.all(both);
    await cutOff.process.kill();
  }, 60_000);

  it('Kafka away: 503 not-accepted; while so much is under way, others: 429 at once; afterwards they are taken again', async () => {
    const cutOff = await api.start({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    const page = {
      event_type: 'page.viewed',
      session_id: 's',
      properties: { url: `https://shop.example/${'x'.repeat(900)}` },
    };
    const body = { events: Array.from({ length: 500 }, () => page) };
    // One is under way for as long as Kafka is waited for. On a busy machine the last ones may come after that: then all once more.
    const answers = await eventually(
      async () => {
        const all = await Promise.all(Array.from({ length: 20 }, () => send(body, {}, cutOff.url)));
        expect(all.map(({ status }) => status).sort()).toEqual([...Array<number>(19).fill(429), 503]);
        return all;
      },
      { deadlineMs: 60_000 },
    );
    const full = answers.find(({ status }) => status === 429);
    expect([full?.json['type'], full?.headers.get('retry-after')]).toEqual([
      'urn:orderstream:problem:too-many-web-events',
      '1',
    ]);
    expect(answers.find(({ status }) => status === 503)?.json['outcome']).toBe('not-accepted');
    expect((await send(body, {}, cutOff.url)).status).toBe(503);
  });
});
