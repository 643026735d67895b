import { newEvent, orderCancellationRefused, uuidv7 } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import { EventStream } from './support/event-stream.ts';
import { get, placeOrder, placeShownOrder } from './support/order-requests.ts';
import { OtherServices } from './support/other-services.ts';
import { prepareOrderApi, type Instance, type OrderApi } from './support/running-order-api.ts';

const COMMENT_MS = 15_000;

describe('the stream of an order', () => {
  let api: OrderApi;
  /** Two instances share the topic's partitions: each sees some orders only through the database. */
  let one: Instance;
  let other: Instance;
  const others = new OtherServices();

  beforeAll(async () => {
    api = await prepareOrderApi();
    [one, other] = [await api.start(), await api.start()];
  }, 180_000);
  afterAll(async () => {
    await others.close();
    await api.remove();
  }, 60_000);

  const place = async (): Promise<{ orderId: string; eventId: string }> => {
    const { json } = await placeShownOrder(one.url);
    return { orderId: json['order_id'] as string, eventId: json['event_id'] as string };
  };
  const open = (orderId: string, headers?: Record<string, string>, instance = one): Promise<EventStream> =>
    EventStream.open(`${instance.url}/v1/orders/${orderId}/events`, headers);
  const saw = (stream: EventStream, ids: string[]) =>
    eventually(() => expect(stream.events.map(({ id }) => id)).toEqual(ids));

  it('history first, then live, on every instance; ends after order.cancelled', async () => {
    const { orderId, eventId } = await place();
    const confirmed = await others.say('orderConfirmed', orderId);
    const streams = await Promise.all([open(orderId), open(orderId, {}, other)]);
    for (const stream of streams) {
      expect(stream.response.statusCode).toBe(200);
      expect(stream.response.headers).toMatchObject({
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
      });
      await saw(stream, [eventId, confirmed.event_id]);
    }
    const paid = await others.say('orderPaid', orderId);
    for (const stream of streams) await saw(stream, [eventId, confirmed.event_id, paid.event_id]);
    const cancelled = await others.say('orderCancelled', orderId);
    for (const stream of streams) {
      expect(await stream.ended).toBe('ended');
      await saw(stream, [eventId, confirmed.event_id, paid.event_id, cancelled.event_id]);
      expect(stream.events.map(({ event }) => event)).toEqual([
        'order.created',
        'order.confirmed',
        'order.paid',
        'order.cancelled',
      ]);
      expect(stream.events.at(-1)?.data).toEqual(cancelled);
    }
  }, 30_000);

  it('Last-Event-ID: goes on after that event; one of another order: begins at the start', async () => {
    const [a, b] = [await place(), await place()];
    const confirmed = await others.say('orderConfirmed', a.orderId);
    const rejected = await others.say('orderRejected', b.orderId);
    await eventually(async () =>
      expect((await get(`${one.url}/v1/orders/${a.orderId}`)).json['status']).toBe('confirmed'),
    );

    const resumed = await open(a.orderId, { 'last-event-id': a.eventId });
    await saw(resumed, [confirmed.event_id]);
    const foreign = await open(a.orderId, { 'last-event-id': rejected.event_id });
    await saw(foreign, [a.eventId, confirmed.event_id]);
    const nonsense = await open(a.orderId, { 'last-event-id': 'nonsense' });
    await saw(nonsense, [a.eventId, confirmed.event_id]);
    for (const stream of [resumed, foreign, nonsense]) stream.close();
  }, 30_000);

  it('after its last event: ends at once, and 204 when the client has it already', async () => {
    const { orderId, eventId } = await place();
    const rejected = await others.say('orderRejected', orderId);
    const first = await open(orderId);
    expect(await first.ended).toBe('ended');
    await saw(first, [eventId, rejected.event_id]);
    const again = await open(orderId, { 'last-event-id': rejected.event_id });
    expect(again.response.statusCode).toBe(204);
  }, 30_000);

  it('cancelled, and another cancellation refused: over all the same, for who has seen the end', async () => {
    const { orderId } = await place();
    const cancelled = await others.say('orderCancelled', orderId);
    const reason = { code: 'already_cancelled', detail: 'The order is cancelled already.' };
    const refused = newEvent(orderCancellationRefused, { order_id: orderId, reason }, { source: 'test' });
    await others.publish(refused);
    await eventually(async () => {
      const { json } = await get(`${one.url}/v1/orders/${orderId}`);
      expect(json['timeline']).toHaveLength(3);
    });
    for (const { event_id } of [cancelled, refused]) {
      expect((await open(orderId, { 'last-event-id': event_id })).response.statusCode).toBe(204);
    }
  }, 30_000);

  it('opened before the order is projected: begins with order.created', async () => {
    const { json } = await placeOrder(one.url);
    const stream = await open(json['order_id'] as string, {}, other);
    await saw(stream, [json['event_id'] as string]);
    stream.close();
  });

  it('no such order: 404 after the wait', async () => {
    const answer = await get(`${one.url}/v1/orders/${uuidv7()}/events`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  it('HEAD: answered, and the connection is free again', async () => {
    const { orderId } = await place();
    const head = await fetch(`${one.url}/v1/orders/${orderId}/events`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  });

  it('500 streams: all are served, a comment keeps each alive, and none is left when the clients go', async () => {
    const orders = await Promise.all(Array.from({ length: 25 }, place));
    const streams: EventStream[] = [];
    // Some at a time: on a busy machine the last of 500 would wait too long for a database connection.
    while (streams.length < 500) {
      streams.push(...(await Promise.all([...orders, ...orders].map(({ orderId }) => open(orderId)))));
    }
    expect(new Set(streams.map(({ response }) => response.statusCode))).toEqual(new Set([200]));
    for (const { orderId } of orders) await others.say('orderConfirmed', orderId);
    await eventually(() => expect(streams.filter(({ events }) => events.length >= 2)).toHaveLength(500));
    await eventually(() => expect(streams.filter(({ comments }) => comments > 0)).toHaveLength(500), {
      deadlineMs: COMMENT_MS + 30_000,
    });
    for (const stream of streams) stream.close();
    await eventually(async () => {
      const metrics = await (await fetch(`${one.url}/metrics`)).text();
      expect(metrics).toMatch(/^orderstream_order_followers 0$/m);
    });
  }, 150_000);

  it('more than may follow: 503; a wish to wait is not granted', async () => {
    const small = await api.start({ MAX_FOLLOWERS: '1' });
    const { orderId } = await place();
    const stream = await open(orderId, {}, small);
    const refused = await get(`${small.url}/v1/orders/${orderId}/events`);
    expect([refused.status, refused.json['outcome']]).toEqual([503, 'not-accepted']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const startedAtMs = performance.now();
    expect((await placeOrder(small.url, undefined, { prefer: 'wait=20' })).status).toBe(202);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
    stream.close();
    await small.process.stop();
  }, 60_000);

  it('the service stops: streams end in order, and so does the process', async () => {
    const leaving = await api.start();
    const { orderId } = await place();
    const stream = await open(orderId, {}, leaving);
    const waiting = placeOrder(leaving.url, undefined, { prefer: 'wait=30' });
    await eventually(async () => {
      const metrics = await (await fetch(`${leaving.url}/metrics`)).text();
      expect(metrics).toMatch(/^orderstream_order_followers 2$/m);
    });
    const exit = leaving.process.stop();
    expect(await stream.ended).toBe('ended');
    expect((await waiting).status).toBe(202);
    expect(await exit).toEqual({ code: 0, signal: null });
  }, 60_000);
});
