import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '@orderstream/testing';
import { newOrder, placeOrder } from './support/order-requests.ts';
import { OtherServices, recordsOf } from './support/other-services.ts';
import { prepareOrderApi, type OrderApi } from './support/running-order-api.ts';

/** A client that would rather wait places an order for `customer_id`; the test rules on it as soon as it is on its way. */
describe('Prefer: wait', () => {
  let api: OrderApi;
  let url: string;
  const others = new OtherServices();

  beforeAll(async () => {
    api = await prepareOrderApi();
    ({ url } = await api.start());
  }, 120_000);
  afterAll(async () => {
    await others.close();
    await api.remove();
  }, 60_000);

  const followers = async (): Promise<number> => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(/^orderstream_order_followers (\d+)$/m.exec(metrics)?.[1]);
  };
  const orderOf = (customer_id: string): Promise<string> =>
    eventually(async () => {
      const rows = await api.database.query<{ order_id: string }>(
        'SELECT order_id FROM order_api.orders WHERE customer_id = $1',
        [customer_id],
      );
      expect(rows).toHaveLength(1);
      return rows[0]?.order_id as string;
    });

  const placeAndLeave = (
    customer_id: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<unknown> =>
    fetch(`${url}/v1/orders`, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(newOrder({ customer_id })),
    }).catch((error: unknown) => error);

  it.each([
    ['orderConfirmed', 'confirmed'],
    ['orderRejected', 'rejected'],
  ] as const)(
    '%s within the time: 201 with what GET shows',
    async (step, status) => {
      const customer_id = `wait-${status}-${Date.now()}`;
      const answer = placeOrder(url, newOrder({ customer_id }), { prefer: 'wait=20' });
      const orderId = await orderOf(customer_id);
      await others.say(step, orderId);
      const { status: code, headers, json, text } = await answer;
      expect(code).toBe(201);
      expect(headers.get('preference-applied')).toBe('wait=20');
      expect(headers.get('location')).toBe(`/v1/orders/${orderId}`);
      // A worker that happens to run on the same Kafka may have been faster.
      expect(['confirmed', 'rejected']).toContain(json['status']);
      const shown = (await (await fetch(`${url}/v1/orders/${orderId}`)).json()) as Record<string, unknown>;
      expect(Object.keys(JSON.parse(text) as object)).toEqual(Object.keys(shown));
      expect(shown).toMatchObject({ order_id: orderId, customer_id, items: json['items'] });
    },
    30_000,
  );

  it('the time passes: 202 as without the wish', async () => {
    const startedAtMs = performance.now();
    const answer = await placeOrder(url, newOrder(), { prefer: 'wait=1' });
    // A running worker would answer 201; without one it is 202 after a second.
    if (answer.status === 202) {
      expect(performance.now() - startedAtMs).toBeGreaterThan(950);
      expect(answer.json['status']).toBe('accepted');
      expect(answer.headers.get('preference-applied')).toBeNull();
    } else expect(answer.status).toBe(201);
  });

  it('a key and a wait: the repeat is answered 201 with the very same body', async () => {
    const customer_id = `wait-key-${Date.now()}`;
    const headers = { prefer: 'wait=20', 'idempotency-key': customer_id };
    const first = placeOrder(url, newOrder({ customer_id }), headers);
    await others.say('orderConfirmed', await orderOf(customer_id));
    const [one, other] = [
      await first,
      await placeOrder(url, newOrder({ customer_id }), { 'idempotency-key': customer_id }),
    ];
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(other.text).toBe(one.text);
    expect(other.headers.get('idempotency-replayed')).toBe('true');
    expect(other.headers.get('location')).toBe(one.headers.get('location'));
  }, 30_000);

  it('a key and a wait, and the client goes away while another one repeats it: that one’s wait goes on, and so does the key’s', async () => {
    const customer_id = `wait-leave-${Date.now()}`;
    const headers = { prefer: 'wait=20', 'idempotency-key': customer_id };
    const leaving = new AbortController();
    const left = placeAndLeave(customer_id, headers, leaving.signal);
    const orderId = await orderOf(customer_id);
    const other = placeOrder(url, newOrder({ customer_id }), headers);
    leaving.abort();
    await left;
    await others.say('orderConfirmed', orderId);
    expect((await other).status).toBe(201);
    expect((await placeOrder(url, newOrder({ customer_id }), headers)).text).toBe((await other).text);
  }, 30_000);

  it('the client goes away: its wait ends', async () => {
    const waiting = Array.from({ length: 20 }, () => new AbortController());
    const requests = waiting.map(({ signal }, index) =>
      placeAndLeave(`gone-${index}`, { prefer: 'wait=30' }, signal),
    );
    await eventually(async () => {
      const rows = await api.database.query(`SELECT 1 FROM order_api.orders WHERE customer_id LIKE 'gone-%'`);
      expect(rows).toHaveLength(20);
    });
    expect(await followers()).toBeGreaterThan(0);
    for (const controller of waiting) controller.abort();
    await Promise.all(requests);
    await eventually(async () => expect(await followers()).toBe(0));
  }, 30_000);

  it('a key and a wait, and all its clients go away: the wait ends; the repeat waits anew, for the same order', async () => {
    const customer_id = `all-gone-${Date.now()}`;
    const headers = { prefer: 'wait=30', 'idempotency-key': customer_id };
    const leaving = new AbortController();
    const clients = [1, 2].map(() => placeAndLeave(customer_id, headers, leaving.signal));
    const orderId = await orderOf(customer_id);
    leaving.abort();
    await Promise.all(clients);
    await eventually(async () => expect(await followers()).toBe(0), { deadlineMs: 10_000 });
    const repeated = placeOrder(url, newOrder({ customer_id }), headers);
    await others.say('orderConfirmed', orderId);
    expect(await repeated).toMatchObject({ status: 201, json: { order_id: orderId } });
    const created = (await recordsOf(orderId)).filter(
      ({ headers: { 'event-type': type } }) => type === 'order.created',
    );
    expect(created).toHaveLength(1);
  }, 60_000);

  it('the client goes away while its order is still on its way: it is not waited for', async () => {
    const customer_id = `early-${Date.now()}`;
    const body = JSON.stringify(newOrder({ customer_id }));
    const head = `POST /v1/orders HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nPrefer: wait=30\r\n`;
    const { hostname, port } = new URL(url);
    for (let count = 0; count < 20; count += 1) {
      const socket = connect(Number(port), hostname);
      socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
      await once(socket, 'close');
    }
    await eventually(async () => {
      const rows = await api.database.query('SELECT 1 FROM order_api.orders WHERE customer_id = $1', [
        customer_id,
      ]);
      expect(rows.length).toBeGreaterThan(0);
    });
    await eventually(async () => expect(await followers()).toBe(0), { deadlineMs: 15_000 });
  }, 60_000);
});
