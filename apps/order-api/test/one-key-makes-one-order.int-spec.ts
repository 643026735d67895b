import { randomUUID } from 'node:crypto';
import { uuidv7 } from '@orderstream/events';
import { eventually, freePort } from '@orderstream/testing';
import { Database } from '@orderstream/transactional';
import { get, newOrder, placeOrder, type Answered } from './support/order-requests.ts';
import { recordsOf } from './support/other-services.ts';
import { prepareOrderApi, type Instance, type OrderApi } from './support/running-order-api.ts';

describe('an Idempotency-Key', () => {
  let api: OrderApi;
  let one: Instance;
  let other: Instance;

  beforeAll(async () => {
    api = await prepareOrderApi();
    [one, other] = [await api.start(), await api.start()];
  }, 180_000);
  afterAll(() => api.remove(), 60_000);
  let timesRefused = 0;
  beforeEach(() => void (timesRefused = 0));

  const keyed = (instance: Instance, key: string, body: unknown = newOrder()): Promise<Answered> =>
    placeOrder(instance.url, body, { 'idempotency-key': key });
  /** As a client would: "not accepted", which one slow statement is enough for, it repeats. */
  const patiently = (...request: Parameters<typeof keyed>): Promise<Answered> =>
    eventually(async () => {
      const answer = await keyed(...request);
      if (answer.status === 503) timesRefused += 1;
      return answer.status !== 503 && answer;
    });
  const idsIn = (answers: readonly Answered[]): string[] => [
    ...new Set(answers.map(({ json }) => json['order_id'] as string)),
  ];
  const replays = (answers: readonly Answered[]): number =>
    answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true').length;
  const eventIdsOf = async (orderId: string): Promise<string[]> =>
    (await recordsOf(orderId))
      .filter(({ headers }) => headers['event-type'] === 'order.created')
      .map(({ headers }) => headers['event-id'] as string);

  it.each([
    ['one process', () => [one]],
    ['two processes', () => [one, other]],
  ])(
    '20 at the same time, %s: one order everywhere, one answer',
    async (_, instances) => {
      const key = randomUUID();
      const customer_id = `c-${key}`;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (__, index) => {
          const instance = instances()[index % instances().length] as Instance;
          return patiently(instance, key, newOrder({ customer_id }));
        }),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(202));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(replays(answers)).toBe(19);
      // The rule is to wait for the first one's answer.
      expect(timesRefused).toBeLessThan(10);
      const [orderId] = idsIn(answers) as [string];
      expect(await eventIdsOf(orderId)).toEqual([answers[0]?.json['event_id']]);
      await eventually(async () => expect((await get(`${one.url}/v1/orders/${orderId}`)).status).toBe(200));
      const list = await get(`${one.url}/v1/orders?customer_id=${customer_id}`);
      expect((list.json['orders'] as unknown[]).length).toBe(1);
    },
    120_000,
  );

  it('repeated, also with members in another order: the first answer, byte for byte', async () => {
    const key = `a key, with: "punctuation" ${randomUUID()}`;
    const { items, ...rest } = newOrder();
    const first = await keyed(one, key, { ...rest, items });
    const again = await keyed(other, key, ` ${JSON.stringify({ items, ...rest })} `);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([replays([first]), replays([again])]).toEqual([0, 1]);
  });

  it('used with another body: 422, and the first order stays the only one', async () => {
    const key = randomUUID();
    const first = await keyed(one, key);
    const wrong = await keyed(other, key, newOrder({ currency: 'USD' }));
    expect(wrong.status).toBe(422);
    expect(wrong.headers.get('content-type')).toBe('application/problem+json');
    expect((await keyed(one, key)).text).toBe(first.text);
  });

  it('two bodies at the same time: one is accepted, the other one is 422', async () => {
    const key = randomUUID();
    const answers = await Promise.all([
      keyed(one, key),
      keyed(one, key, newOrder({ currency: 'USD' })),
      keyed(other, key),
      keyed(other, key, newOrder({ currency: 'USD' })),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 422, 422]);
  });

  it('a refused body: the key is not used up', async () => {
    const key = randomUUID();
    expect((await keyed(one, key, newOrder({ currency: 'EUX' }))).status).toBe(400);
    const tooMuch = newOrder({ items: [{ sku: 'a', quantity: 10_000, unit_amount: 1_000_000_000_000 }] });
    expect((await keyed(one, key, tooMuch)).status).toBe(400);
    const accepted = await keyed(one, key);
    expect(accepted.status).toBe(202);
    expect(replays([accepted])).toBe(0);
  });

  it('no key: never taken for a repeat', async () => {
    const answers = await Promise.all([placeOrder(one.url), placeOrder(one.url)]);
    expect(idsIn(answers)).toHaveLength(2);
  });

  it('the process died between Kafka and the answer: the repeat sends the same event, not another order', async () => {
    const key = randomUUID();
    // The row stays as it is when the process is killed right after the send: its answer is not written down.
    await api.database.query(
      `CREATE FUNCTION lose_answer() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER lose_answer BEFORE UPDATE ON order_api.idempotency_keys FOR EACH ROW
         WHEN (NEW.key = '${key}' AND NEW.status IS NOT NULL) EXECUTE FUNCTION lose_answer()`,
    );
    const first = await keyed(one, key);
    await api.database.query('DROP FUNCTION lose_answer CASCADE');
    await api.database.query(
      `UPDATE order_api.idempotency_keys SET lease_until = now() + interval '300 ms' WHERE key = $1`,
      [key],
    );
    const again = await keyed(other, key);
    expect(again.text).toBe(first.text);
    const eventIds = await eventIdsOf(first.json['order_id'] as string);
    expect(eventIds).toEqual([first.json['event_id'], first.json['event_id']]);
    const shown = await eventually(async () => {
      const answer = await get(`${one.url}/v1/orders/${String(first.json['order_id'])}`);
      expect(answer.status).toBe(200);
      return answer;
    });
    const created = (shown.json['timeline'] as { event_type: string }[]).filter(
      ({ event_type }) => event_type === 'order.created',
    );
    expect(created).toHaveLength(1);
    expect(replays([await keyed(one, key)])).toBe(1);
  }, 60_000);

  it('Kafka is away: 503 not-accepted within the deadline; the repeat elsewhere is accepted', async () => {
    const key = randomUUID();
    const cut = await api.start({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    const startedAtMs = performance.now();
    const refused = await keyed(cut, key);
    expect(performance.now() - startedAtMs).toBeLessThan(12_000);
    expect(refused.status).toBe(503);
    expect(refused.json).toMatchObject({
      type: 'urn:orderstream:problem:not-accepted',
      outcome: 'not-accepted',
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const ready = await fetch(`${cut.url}/health/ready`);
    expect(ready.status).toBe(503);
    const { checks } = (await ready.json()) as { checks: { name: string; detail: object }[] };
    expect(checks.find(({ name }) => name === 'producer')?.detail).toMatchObject({
      failingSinceMs: expect.any(Number) as number,
    });
    // The plan of the first one is carried out: its order, made before Kafka was tried.
    const [row] = await api.database.query<{ order_id: string }>(
      `SELECT plan->'event'->'payload'->>'order_id' AS order_id FROM order_api.idempotency_keys WHERE key = $1`,
      [key],
    );
    const accepted = await keyed(one, key);
    expect(accepted.status).toBe(202);
    expect(accepted.json['order_id']).toBe(row?.order_id);
    expect(await eventIdsOf(accepted.json['order_id'] as string)).toHaveLength(1);
    await cut.process.kill();
  }, 60_000);

  it('accepted long after its id was made: waited for on every instance like a fresh one, not denied', async () => {
    const key = randomUUID();
    const cut = await api.start({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    expect((await keyed(cut, key)).json['outcome']).toBe('not-accepted');
    await cut.process.kill();
    const orderId = uuidv7(Date.now() - 60_000);
    await api.database.query(
      `UPDATE order_api.idempotency_keys SET plan = jsonb_set(plan::jsonb, '{event,payload,order_id}', $2)::json WHERE key = $1`,
      [key, JSON.stringify(orderId)],
    );
    const database = new Database({ service: 'test', schema: 'order_api', url: api.database.url });
    const { connection: projection, end } = await database.openSession();
    await projection.query('BEGIN');
    await projection.query('LOCK TABLE order_api.order_events IN EXCLUSIVE MODE');
    expect((await keyed(one, key)).json).toMatchObject({ order_id: orderId, status: 'accepted' });
    let isAnswered = false;
    const shown = get(`${other.url}/v1/orders/${orderId}`).finally(() => (isAnswered = true));
    const waits = async (): Promise<boolean> =>
      /^orderstream_order_followers 1$/m.test(await (await fetch(`${other.url}/metrics`)).text());
    let hasWaited = false;
    await eventually(async () => (hasWaited ||= await waits()) || isAnswered);
    await projection.query('ROLLBACK');
    expect(hasWaited).toBe(true);
    // It waits for 2 s at most, which a busy machine may take for all of this: then once more.
    const { status } = await shown;
    expect(status === 404 ? (await get(`${other.url}/v1/orders/${orderId}`)).status : status).toBe(200);
    await end();
    await database.close();
  }, 60_000);

  it('PostgreSQL is away: 503 not-accepted with a key and to whoever reads, accepted without one', async () => {
    const url = new URL(api.database.url);
    url.port = String(await freePort());
    const cut = await api.start({ DATABASE_URL: url.href });
    const refused = await keyed(cut, randomUUID());
    expect([refused.status, refused.json['outcome']]).toEqual([503, 'not-accepted']);
    const accepted = await placeOrder(cut.url);
    expect(accepted.status).toBe(202);
    expect(await eventIdsOf(accepted.json['order_id'] as string)).toEqual([accepted.json['event_id']]);
    const order = `/v1/orders/${String(accepted.json['order_id'])}`;
    for (const path of [order, '/v1/orders', `${order}/events`]) {
      const unread = await get(cut.url + path);
      expect([unread.status, unread.json['type'], unread.json['outcome']]).toEqual([
        503,
        'urn:orderstream:problem:not-accepted',
        'not-accepted',
      ]);
      expect(Number(unread.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await cut.process.kill();
  }, 60_000);

  it('the owner of the key is killed in the middle: whoever repeats is answered, and there is one order', async () => {
    const key = randomUUID();
    const victim = await api.start({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    const lost = keyed(victim, key).then(
      () => 'answered',
      () => 'cut off',
    );
    await eventually(async () => {
      const rows = await api.database.query('SELECT 1 FROM order_api.idempotency_keys WHERE key = $1', [key]);
      expect(rows).toHaveLength(1);
    });
    await victim.process.kill();
    expect(await lost).toBe('cut off');
    const answers = await Promise.all([one, other, one].map((instance) => patiently(instance, key)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(idsIn(answers)).toHaveLength(1);
    expect(await eventIdsOf(idsIn(answers)[0] as string)).toHaveLength(1);
  }, 60_000);

  it('a caller header is configured: the same key of two callers is two keys', async () => {
    const gateway = await api.start({ IDEMPOTENCY_CALLER_HEADER: 'X-Client-Id' });
    const key = randomUUID();
    const as = (client: string) =>
      placeOrder(gateway.url, newOrder(), { 'idempotency-key': key, 'x-client-id': client });
    const [a, b, again] = [await as('a'), await as('b'), await as('a')];
    expect(idsIn([a, b])).toHaveLength(2);
    expect(again.text).toBe(a.text);
    expect((await gateway.process.stop()).code).toBe(0);
  }, 60_000);
});
