import { eventually } from '@orderstream/testing';
import { OrderTraffic } from '../support/order-traffic.ts';
import { brokenPromises } from '../support/broken-promises.ts';
import { readLedger } from '../support/ledger.ts';
import { WholeSystem } from '../support/whole-system.ts';

const DEADLINE = { deadlineMs: 60_000 };

describe('the whole system', () => {
  let system: WholeSystem;
  beforeAll(async () => {
    system = await WholeSystem.start();
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('an order is accepted: worker, warehouse, read model, dashboard and mailbox each have it once', async () => {
    const traffic = new OrderTraffic(system.url('order-api'));
    const { orderId, status } = await traffic.sendOne();
    expect(status).toBe(202);
    const order = await eventually(async () => {
      const answer = await fetch(`${system.url('order-api')}/v1/orders/${orderId}`);
      const found = (await answer.json()) as { status: string; timeline: { event_type: string }[] };
      expect(found.status).toBe('confirmed');
      return found;
    }, DEADLINE);
    expect(order.timeline.map(({ event_type }) => event_type)).toEqual(['order.created', 'order.confirmed']);
    await eventually(async () => {
      expect(brokenPromises(await readLedger(system), [orderId as string])).toEqual([]);
    }, DEADLINE);
    const dashboard = await (await fetch(`${system.url('analytics')}/v1/dashboard`)).text();
    expect(dashboard).toContain(orderId);
  }, 120_000);

  it('20 requests at once with one Idempotency-Key: one order everywhere, one answer for all', async () => {
    const before = (await readLedger(system)).topic.size;
    const body = JSON.stringify({
      customer_id: 'twenty',
      currency: 'EUR',
      items: [{ sku: 'tea', quantity: 1, unit_amount: 450 }],
      contact: { email: 'twenty@example.com' },
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const headers = { 'content-type': 'application/json', 'idempotency-key': 'twenty-at-once' };
        const answer = await fetch(`${system.url('order-api')}/v1/orders`, { method: 'POST', headers, body });
        return { status: answer.status, text: await answer.text() };
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const { order_id } = JSON.parse(answers[0]?.text as string) as { order_id: string };
    const ledger = await eventually(async () => {
      const found = await readLedger(system);
      expect(brokenPromises(found, [order_id])).toEqual([]);
      return found;
    }, DEADLINE);
    expect(ledger.topic.size).toBe(before + 1);
    expect(ledger.mails.get('twenty@example.com')).toBe(1);
  }, 120_000);
});
