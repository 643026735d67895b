import { orders, partitionOf, uuidv7 } from '@orderstream/events';
import { eventually, freePort } from '@orderstream/testing';
import { registerOrder } from '../../src/commands/order.ts';
import { inThisProcess } from '../cli/in-this-process.ts';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { redriveReachesOneGroup } from '../dlq/redrive-reaches-one-group.ts';
import { asAdmin, produce } from '../log/records.ts';
import { customersHearOfEverythingOnce } from '../notifications/customers-hear-of-everything-once.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';
import { untilQuiet } from '../replay/everything.ts';

interface OrderView {
  steps: { at: string; gap_ms: number; where: string; what: string; by: string | null }[];
  handling: { record: string; event_type: string; group: string; state: string }[];
  rows: Record<string, Record<string, unknown>[]>;
  mails: { subject: string; to: string[] }[];
  sms: { sid: string; to: string; body: string }[];
  unseen: string[];
}

let system: SmallSystem;
beforeAll(async () => {
  system = await SmallSystem.start('order-api', 'worker', 'notifier');
}, 180_000);
afterAll(() => system.stop(), 60_000);

// The first wants a system that knows no customers, and starts analytics; after the last, orders have more partitions than their dead letters.
customersHearOfEverythingOnce(() => system);
redriveReachesOneGroup(() => system);

describe('orderstream order', () => {
  beforeAll(async () => {
    if (!system.runs('analytics')) await system.startService('analytics');
  }, 90_000);

  it('an order that went through: from its id to the mail, with who has handled what', async () => {
    const { order_id: id } = await placeOrder(system, { email: 'ada@example.com' });
    await untilTold(system, id, 'order-confirmed');
    await untilQuiet(system);
    const view = await seen(system, id);
    expect(view.mails).toHaveLength(1);
    expect(view.rows['notifier.notifications']?.[0]?.state).toBe('sent');
    expect(view.rows['warehouse.orders']?.[0]?.status).toBe('confirmed');
    expect(view.handling.filter(({ state }) => state === 'waiting')).toEqual([]);
    expect(view.rows['worker.orders']).toMatchObject([{ status: 'confirmed' }]);
    expect(view.rows['order_api.orders']).toMatchObject([{ status: 'confirmed', events: 2 }]);
    const whats = view.steps.map(({ what }) => what);
    expect(whats).toEqual(
      expect.arrayContaining([
        'the order got its id',
        'order.created',
        'order.confirmed',
        'email order-confirmed entered',
      ]),
    );
    expect(whats.indexOf('order.created')).toBeLessThan(whats.indexOf('order.confirmed'));
    const times = view.steps.map(({ at }) => Date.parse(at));
    expect(view.steps.map(({ gap_ms }) => gap_ms)).toEqual(
      times.map((at, index) => at - (times[index - 1] ?? at)),
    );
    for (const group of ['order-api', 'worker', 'analytics', 'notifier']) {
      expect(view.handling.filter((each) => each.group === group).map(({ state }) => state)).toEqual([
        'passed',
        'passed',
      ]);
    }
    expect(JSON.stringify(view)).not.toContain('ada@example.com');
    const page = await orderstream(['order', id, '--show-contacts'], system.env);
    expect(page).toMatchObject({ code: 0, stderr: '' });
    expect(page.stdout).toContain('recipient=ada@example.com');
    expect(page.stdout).toMatch(/\+\d+ ms +worker +orders\/\d\/\d+ +order\.confirmed/);
  }, 120_000);

  it('an order paid at the second try and then cancelled: payments, cancellation, mails and SMS are in it', async () => {
    const { order_id: id } = await placeOrder(system, { email: 'ada@example.com', phone: '+4915112345678' });
    const payment = { order_id: id, currency: 'EUR', amount: 450, method: 'card' };
    const failure = { payment_id: `${id}-1`, outcome: 'failed', failure_code: 'card_declined' };
    await untilTold(system, id, 'order-confirmed');
    await post(system, '/v1/payments', { ...payment, ...failure });
    await untilTold(system, id, 'payment-failed');
    await post(system, '/v1/payments', { ...payment, payment_id: `${id}-2`, outcome: 'succeeded' });
    await untilTold(system, id, 'payment-receipt');
    await post(system, `/v1/orders/${id}/cancellation`, { reason: 'too late' });
    await untilTold(system, id, 'order-cancelled');
    await untilQuiet(system);
    const view = await seen(system, id);
    expect(view.mails).toHaveLength(4);
    expect(view.sms).toHaveLength(2);
    expect(view.rows['notifier.notifications']?.filter(({ state }) => state !== 'sent')).toEqual([]);
    expect(view.rows['warehouse.orders']).toMatchObject([{ status: 'cancelled' }]);
    expect(view.rows['warehouse.payments']).toHaveLength(2);
    expect(view.handling.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(view.rows['worker.orders']).toMatchObject([{ status: 'cancelled' }]);
    expect(view.rows['worker.payments']).toMatchObject([
      { ...failure, amount: '450', flag: null, waiting: false },
      { payment_id: `${id}-2`, outcome: 'succeeded', failure_code: null, flag: null, waiting: false },
    ]);
    expect(view.rows['worker.cancellations']).toMatchObject([{ refusal: null }]);
    expect(view.rows['warehouse.payments']).toMatchObject([failure, { outcome: 'succeeded' }]);
    expect(view.rows['warehouse.fraud_suspicions']).toEqual([]);
    const types = view.handling.map(({ record, event_type }) => `${record.split('/')[0]} ${event_type}`);
    expect([...new Set(types)]).toEqual([
      'orders order.created',
      'orders order.confirmed',
      'payments payment.failed',
      'payments payment.processed',
      'orders order.paid',
      'orders order.cancellation_requested',
      'orders order.cancelled',
    ]);
    const told = view.rows['notifier.notifications']?.map(({ channel, template }) =>
      [channel, template].join(' '),
    );
    expect(told?.sort()).toEqual([
      ...['email order-cancelled', 'email order-confirmed', 'email payment-failed', 'email payment-receipt'],
      ...['sms order-cancelled', 'sms order-confirmed'],
    ]);
    expect(view.steps.filter(({ where }) => where === 'SMS catcher')).toHaveLength(2);
    expect(view.steps.every(({ gap_ms }) => gap_ms >= 0)).toBe(true);
    expect(JSON.stringify(view)).not.toMatch(/ada@example\.com|4915112345678/);
  }, 120_000);

  it('an order that the worker gave up and got back: both are told', async () => {
    const record = orderRecord('refused');
    await system.refuseCustomer('refused');
    await produce([record]);
    await system.untilGivenUp(1);
    const failed = await orderstreamJson<OrderView>(['order', record.key], system.env);
    expect(failed.handling).toContainEqual(expect.objectContaining({ group: 'worker', state: 'given up' }));
    expect(failed.rows['worker.orders']).toEqual([]);
    await system.refuseNobody();
    await orderstream(
      ['dlq', 'redrive', '--key', record.key, '--why', 'mended', '--by', 'ada', '--yes'],
      system.env,
    );
    const mended = await orderstreamJson<OrderView>(['order', record.key], system.env);
    const whats = mended.steps.map(({ by, what }) => `${by ?? ''} ${what}`).join('\n');
    expect(whats).toMatch(
      /worker orders\/\d\/\d+ given up, permanent: [^]* handed back orders\/[^]*ada orders\/\d\/\d+ of worker redriven: mended/,
    );
    expect(mended.rows['worker.orders']).toMatchObject([{ status: 'confirmed' }]);
    expect(mended.handling).toContainEqual(expect.objectContaining({ group: 'worker', state: 'passed' }));
  }, 120_000);

  it('a database and a mailbox that are away: the rest is shown, and what is missing is said', async () => {
    const record = orderRecord('ada');
    await produce([record]);
    await untilTold(system, record.key, 'order-confirmed');
    const nobody = await freePort();
    const view = await eventually(async () => {
      const env = {
        ...system.env,
        WORKER_DATABASE_URL: 'postgres://x:y@127.0.0.1:1/worker',
        MAILBOX_URL: `http://127.0.0.1:${nobody}`,
      };
      const found = await orderstreamJson<OrderView>(['order', record.key], env);
      expect(found.rows['notifier.notifications']).toHaveLength(1);
      return found;
    });
    expect(view.unseen).toEqual([
      expect.stringMatching(/^The database worker cannot be used: .*ECONNREFUSED/),
      expect.stringMatching(/^the mailbox at http:\/\/127\.0\.0\.1:\d+ cannot be seen: ECONNREFUSED/),
    ]);
    expect(
      view.handling.filter(({ group }) => group === 'worker').every(({ state }) => state === 'unknown'),
    ).toBe(true);
  });

  it('no such order: 1; no order id: 2', async () => {
    const id = uuidv7();
    const unknown = await orderstream(['order', id], system.env);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain(`There is no trace of order ${id}`);
    expect((await inThisProcess(registerOrder, ['order', '42'], system.env)).code).toBe(2);
  });

  it('an order from before its topic got more partitions: what is missing is said, and --all-partitions finds it', async () => {
    const count = 2 * orders.partitions;
    const moves = (id: string): boolean => partitionOf(id, count) !== partitionOf(id, orders.partitions);
    const record = orderRecord('ada', Array.from({ length: 64 }, () => uuidv7()).find(moves));
    await produce([record]);
    await untilTold(system, record.key, 'order-confirmed');
    await asAdmin(async (admin) => {
      await admin.createPartitions({ topicPartitions: [{ topic: orders.name, count }] });
      await eventually(async () => expect(await admin.fetchTopicOffsets(orders.name)).toHaveLength(count));
    });
    // The mailbox lives in this process, and is said to be unseen when that is too busy to answer.
    await eventually(async () => {
      const view = await orderstreamJson<OrderView>(['order', record.key], system.env);
      expect(view.handling).toEqual([]);
      expect(view.unseen).toEqual([
        expect.stringMatching(/^its order\.created was not found: .*--all-partitions/),
      ]);
    });
    const whole = await eventually(async () => {
      const found = await orderstreamJson<OrderView>(['order', record.key, '--all-partitions'], system.env);
      expect(found.unseen).toEqual([]);
      return found;
    });
    expect(
      new Set(whole.handling.map(({ record: at, event_type }) => `${at.split('/')[1]} ${event_type}`)),
    ).toEqual(
      new Set(
        ['order.created', 'order.confirmed'].map(
          (type) => `${partitionOf(record.key, orders.partitions)} ${type}`,
        ),
      ),
    );
  });
});

/** The whole view. The mailbox lives in this process, and is said to be unseen when that is too busy to answer. */
function seen(system: SmallSystem, orderId: string): Promise<OrderView> {
  return eventually(async () => {
    const view = await orderstreamJson<OrderView>(['order', orderId], system.env);
    expect(view.unseen).toEqual([]);
    return view;
  });
}

async function placeOrder(system: SmallSystem, contact: object): Promise<{ order_id: string }> {
  const items = [{ sku: 'tea', quantity: 1, unit_amount: 450 }];
  return post(system, '/v1/orders', { customer_id: 'grace', currency: 'EUR', items, contact });
}

async function post<T>(system: SmallSystem, path: string, body: object): Promise<T> {
  const answer = await fetch(`${system.url('order-api')}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(202);
  return (await answer.json()) as T;
}

/** Resolves once the customer's mail is sent: what comes next comes after it. */
function untilTold(system: SmallSystem, orderId: string, template: string): Promise<unknown> {
  return eventually(
    async () => {
      const rows = await system.rows(
        'notifier',
        "SELECT 1 FROM notifier.notifications WHERE order_id = $1 AND template = $2 AND channel = 'email' AND state = 'sent'",
        [orderId, template],
      );
      expect(rows).toHaveLength(1);
    },
    { deadlineMs: 60_000, intervalMs: 200 },
  );
}
