import { uuidv7 } from '@orderstream/events';
import { eventually, freePort } from '@orderstream/testing';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';

interface OrderView {
  steps: { at: string; gap_ms: number; where: string; what: string; by: string | null }[];
  handling: { record: string; event_type: string; group: string; state: string }[];
  rows: Record<string, { status?: string; state?: string; recipient?: string }[]>;
  mails: { subject: string; to: string[] }[];
  unseen: string[];
}

describe('orderstream order', () => {
  let system: SmallSystem;
  beforeAll(async () => {
    system = await SmallSystem.start('order-api', 'worker', 'analytics', 'notifier');
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('an order that went through: from its id to the mail, with who has handled what', async () => {
    const answer = await fetch(`${system.url('order-api')}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        customer_id: 'ada',
        currency: 'EUR',
        items: [{ sku: 'tea', quantity: 1, unit_amount: 450 }],
        contact: { email: 'ada@example.com' },
      }),
    });
    const { order_id: id } = (await answer.json()) as { order_id: string };
    const view = await eventually(
      async () => {
        const found = await orderstreamJson<OrderView>(['order', id], system.env);
        expect(found.mails).toHaveLength(1);
        expect(found.rows['notifier.notifications']?.[0]?.state).toBe('sent');
        expect(found.rows['warehouse.orders']?.[0]?.status).toBe('confirmed');
        expect(found.handling.filter(({ state }) => state === 'waiting')).toEqual([]);
        return found;
      },
      { deadlineMs: 60_000, intervalMs: 300 },
    );
    expect(view.unseen).toEqual([]);
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
  }, 60_000);

  it('no such order: 1; no order id: 2', async () => {
    const id = uuidv7();
    const unknown = await orderstream(['order', id], system.env);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain(`There is no trace of order ${id}`);
    expect((await orderstream(['order', '42'], system.env)).code).toBe(2);
  });
});
