import {
  newEvent,
  orderCancellationRefused,
  orders,
  partitionOf,
  uuidv7,
  uuidv7TimeMs,
} from '@orderstream/events';
import { eventually, readTopic } from '@orderstream/testing';
import { get, newOrder, placeOrder } from './support/order-requests.ts';
import { OtherServices, createdEvent, recordsOf, stepEvent } from './support/other-services.ts';
import { prepareOrderApi, type OrderApi } from './support/running-order-api.ts';

interface Shown {
  readonly status: string;
  readonly timeline: readonly {
    readonly event_id: string;
    readonly event_type: string;
    readonly source: string;
  }[];
}

const cancellationRefused = (order_id: string) =>
  newEvent(
    orderCancellationRefused,
    { order_id, reason: { code: 'already_cancelled', detail: 'A cancelled order cannot be cancelled.' } },
    { source: 'test' },
  );

/** The labels of each series of a metric. */
function seriesIn(metrics: string, name: string): Record<string, string>[] {
  const lines = metrics.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? [-+.\\w]+$`, 'gm'));
  return [...lines].map(([, labels = '']) =>
    Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label as string, value as string]),
    ),
  );
}

describe('an order over REST', () => {
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

  const shown = async (orderId: string): Promise<Shown> => {
    const answer = await get(`${url}/v1/orders/${orderId}`);
    expect(answer.status).toBe(200);
    return answer.json as unknown as Shown;
  };
  const stepsOf = async (orderId: string): Promise<string[]> =>
    (await shown(orderId)).timeline
      .filter(({ source }) => source !== 'worker')
      .map(({ event_id }) => event_id);

  it('accepted: 202 with its address, and exactly one record that says what was ordered', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const body = newOrder({ contact: { email: 'ada@example.com' } });
    const answer = await placeOrder(url, body, { traceparent });
    const { order_id, event_id, accepted_at } = answer.json as Record<string, string>;
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/orders/${order_id}`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.json).toEqual({
      order_id,
      event_id,
      status: 'accepted',
      currency: 'EUR',
      amount_total: 2_100,
      accepted_at,
    });

    const records = await recordsOf(order_id as string);
    const created = records.filter(({ headers }) => headers['event-type'] === 'order.created');
    expect(created).toHaveLength(1);
    expect(created[0]?.headers).toEqual({
      'event-id': event_id,
      'event-type': 'order.created',
      'schema-version': '1',
      'content-type': 'application/json',
      traceparent,
    });
    expect(JSON.parse(created[0]?.value ?? '')).toEqual({
      event_id,
      event_type: 'order.created',
      schema_version: 1,
      timestamp: accepted_at,
      source: 'order-api',
      correlation_id: event_id,
      causation_id: null,
      payload: { order_id, ...body, amount_total: 2_100 },
    });
  }, 60_000);

  it('read at once, before it was projected: the order, not 404', async () => {
    const body = newOrder({ items: [{ sku: 'Tee „grün“ 🍵 <b>', quantity: 1, unit_amount: 5 }] });
    const placed = (await placeOrder(url, body)).json as Record<string, string>;
    const { order_id, event_id, accepted_at } = placed;
    const answer = await get(`${url}/v1/orders/${order_id}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      order_id,
      customer_id: 'c-1',
      currency: 'EUR',
      amount_total: 5,
      created_at: accepted_at,
    });
    expect(answer.json['items']).toEqual(body.items);
    expect((answer.json['timeline'] as unknown[])[0]).toEqual({
      event_type: 'order.created',
      event_id,
      timestamp: accepted_at,
      source: 'order-api',
    });
  });

  it('an id that was issued a moment ago but never used: 404 after a short wait', async () => {
    const startedAtMs = performance.now();
    expect((await get(`${url}/v1/orders/${uuidv7()}`)).status).toBe(404);
    const tookMs = performance.now() - startedAtMs;
    expect(tookMs).toBeGreaterThan(1_900);
    expect(tookMs).toBeLessThan(10_000);
  });

  it('an older id: 404 at once', async () => {
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const startedAtMs = performance.now();
      expect((await get(`${url}/v1/orders/${uuidv7(Date.now() - 11_000)}`)).status).toBe(404);
      times.push(performance.now() - startedAtMs);
    }
    expect(Math.min(...times)).toBeLessThan(1_000);
  });

  it('other services rule on it: status and timeline follow, in the order of the log', async () => {
    const { order_id, event_id } = (await placeOrder(url)).json as Record<string, string>;
    const said = [event_id];
    for (const step of ['orderConfirmed', 'orderPaid', 'orderCancelled'] as const) {
      said.push((await others.say(step, order_id as string)).event_id);
    }
    await eventually(async () => expect((await shown(order_id as string)).status).toBe('cancelled'));
    expect(await stepsOf(order_id as string)).toEqual(said);
  });

  it('records that were sent twice, or come before order.created: one order, each step once', async () => {
    const order_id = uuidv7();
    const paid = stepEvent('orderPaid', order_id);
    const created = createdEvent({ order_id });
    const confirmed = stepEvent('orderConfirmed', order_id);
    await others.publish(paid);
    await others.publish(paid);
    await others.publish(created);
    await others.publish(confirmed);
    await others.publish(created);
    await eventually(async () => expect(await stepsOf(order_id)).toHaveLength(3));
    expect((await shown(order_id)).status).toBe('paid');
    expect(await stepsOf(order_id)).toEqual([paid.event_id, created.event_id, confirmed.event_id]);
    expect(
      await api.database.query('SELECT * FROM order_api.orders WHERE order_id = $1', [order_id]),
    ).toHaveLength(1);
  });

  it('a step that is said again under another id, as by a worker whose database was restored: shown once', async () => {
    const order_id = uuidv7();
    const say = (step: Parameters<typeof stepEvent>[0]) => others.say(step, order_id);
    const created = createdEvent({ order_id });
    await others.publish(created);
    // Overtaken by the payment, as after a redrive: the first one is still a step.
    const [paid, confirmed] = [await say('orderPaid'), await say('orderConfirmed')];
    await eventually(async () => expect(await stepsOf(order_id)).toHaveLength(3));
    // Each as a record of its own, and in one batch.
    await others.publish(createdEvent({ order_id }));
    await say('orderConfirmed');
    await Promise.all([say('orderConfirmed'), say('orderPaid'), say('orderConfirmed')]);
    const cancelled = await say('orderCancelled');
    await Promise.all([say('orderCancelled'), say('orderCancelled')]);
    const last = cancellationRefused(order_id);
    await others.publish(last);
    await eventually(async () => expect(await stepsOf(order_id)).toContain(last.event_id));
    expect(await stepsOf(order_id)).toEqual(
      [created, paid, confirmed, cancelled, last].map(({ event_id }) => event_id),
    );
  });

  it('another order under the same id: a dead letter, and the first one stays', async () => {
    const order_id = uuidv7();
    const other = createdEvent({ order_id, customer_id: 'c-2' });
    await others.publish(createdEvent({ order_id }));
    await others.publish(other);
    await eventually(
      async () => {
        const letters = (await readTopic('orders.order-api.dlq')).filter(({ key }) => key === order_id);
        expect(letters.map(({ headers }) => [headers['dlq-reason'], headers['event-id']])).toEqual([
          ['conflict', other.event_id],
        ]);
      },
      { deadlineMs: 30_000 },
    );
    expect(await shown(order_id)).toMatchObject({ customer_id: 'c-1' });
  }, 60_000);

  it('what happened is in the metrics, named and labelled as the contract says', async () => {
    const order_id = uuidv7();
    await others.publish(createdEvent({ order_id }));
    await others.publish(createdEvent({ order_id, customer_id: 'c-2' }));
    const consumed = { group: 'order-api', topic: 'orders' };
    await eventually(
      async () => {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        const shows = (name: string, labels: Readonly<Record<string, string>>): void =>
          expect(seriesIn(metrics, name)).toContainEqual(labels);
        const partition = String(partitionOf(order_id, orders.partitions));
        shows('orderstream_consumer_lag_records', { ...consumed, partition });
        shows('orderstream_events_processed_total', {
          ...consumed,
          event_type: 'order.created',
          outcome: 'handled',
        });
        shows('orderstream_dead_letters_total', { ...consumed, reason: 'conflict' });
        shows('orderstream_event_age_seconds_count', consumed);
        shows('orderstream_outbox_pending', {});
        shows('http_request_duration_seconds_count', { method: 'GET', route: '/metrics', status: '200' });
      },
      { deadlineMs: 30_000 },
    );
  }, 60_000);

  describe('listed', () => {
    const customer_id = `list-${uuidv7()}`;
    const placed: string[] = [];

    beforeAll(async () => {
      for (let count = 0; count < 7; count += 1) {
        placed.unshift((await placeOrder(url, newOrder({ customer_id }))).json['order_id'] as string);
      }
      await others.say('orderRejected', placed[3] as string);
      await eventually(async () => expect((await shown(placed[3] as string)).status).not.toBe('accepted'));
      for (const orderId of placed) await eventually(() => shown(orderId));
    }, 60_000);

    const list = async (query: string): Promise<{ ids: string[]; next: string | null }> => {
      const answer = await get(`${url}/v1/orders?${query}`);
      expect(answer.status).toBe(200);
      const { orders, next_cursor } = answer.json as {
        orders: { order_id: string }[];
        next_cursor: string | null;
      };
      return { ids: orders.map(({ order_id }) => order_id), next: next_cursor };
    };

    it('by customer: all of them, newest first', async () => {
      const { ids, next } = await list(`customer_id=${customer_id}`);
      // Ids of one millisecond have no order among themselves.
      expect(ids.map(uuidv7TimeMs)).toEqual(placed.map(uuidv7TimeMs));
      expect([...ids].sort()).toEqual([...placed].sort());
      expect(next).toBeNull();
    });

    it('page by page, with orders placed in between: every order once, the new ones not', async () => {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = await list(`customer_id=${customer_id}&limit=3${cursor && `&cursor=${cursor}`}`);
        seen.push(...page.ids);
        cursor = page.next;
        await placeOrder(url, newOrder({ customer_id: `${customer_id.slice(0, 30)}-x` }));
      }
      expect([...seen].sort()).toEqual([...placed].sort());
      expect(seen.map(uuidv7TimeMs)).toEqual(placed.map(uuidv7TimeMs));
    });

    it('by status too: those alone', async () => {
      const { status } = await shown(placed[3] as string);
      const { ids } = await list(`customer_id=${customer_id}&status=${status}`);
      expect(ids).toContain(placed[3]);
      expect((await list(`customer_id=${customer_id}&status=cancelled`)).ids).toEqual([]);
    });

    it('without a limit: at most 20', async () => {
      expect((await list('')).ids.length).toBeLessThanOrEqual(20);
    });
  });
});
