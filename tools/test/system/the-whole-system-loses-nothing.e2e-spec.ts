import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@orderstream/testing';
import { OrderTraffic } from '../support/order-traffic.ts';
import { brokenPromises } from '../support/broken-promises.ts';
import { CatchUp } from '../support/catch-up.ts';
import { readLedger, type Ledger } from '../support/ledger.ts';
import { WholeSystem } from '../support/whole-system.ts';

const DEADLINE = { deadlineMs: 60_000, intervalMs: 200 };
/** `ORDERS=20000` for the long version. */
const ORDERS = Number(process.env['ORDERS'] ?? 1_200);
const VICTIMS = ['worker', 'notifier', 'analytics', 'order-api'] as const;
/** So many orders have come anew when a service is killed: it has work under way. */
const UNDER_WAY = 50;
/** Longer than every deadline and every check of ten seconds in the services. */
const OUTAGE_MS = 20_000;
const PER_SECOND = 20;
/** The producer's deadline is 5 s; a busy machine adds to it. Whoever waited for Kafka's return would take the outage's 20. */
const ANSWER_DEADLINE_MS = 15_000;

/** One system for all of it, which takes a while to start: each check looks at every order there was. */
describe('the whole system', () => {
  let system: WholeSystem;
  beforeAll(async () => {
    // What a killed notifier was sending is unknown after twice that and 5 s; by default that takes two minutes.
    system = await WholeSystem.start({ SMTP_SEND_TIMEOUT: '15s' });
  }, 180_000);
  afterAll(() => system.stop(), 60_000);
  let beganMs: number;
  beforeEach(() => void (beganMs = Date.now()));

  /**
   * Reads all there is only once nobody has anything left to do: that costs more than all the rest.
   * @param byMs after the test's beginning, and 30 s before its own end: time to read once more and say what is lost
   */
  const allArrives = (ids: readonly string[], byMs: number): Promise<Ledger> => {
    const leftMs = (): number => Math.max(0, beganMs + byMs - Date.now());
    return eventually(
      async () => {
        await untilNothingIsLeft(system, leftMs);
        const ledger = await readLedger(system);
        expect(brokenPromises(ledger, ids)).toEqual([]);
        return ledger;
      },
      { deadlineMs: leftMs(), intervalMs: 500 },
    );
  };
  const idsOf = (traffic: OrderTraffic): string[] => traffic.accepted.map(({ orderId }) => orderId as string);

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
    await allArrives([orderId as string], 90_000);
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
    const ledger = await allArrives([order_id], 90_000);
    expect(ledger.topic.size).toBe(before + 1);
    expect(ledger.mails.get('twenty@example.com')).toBe(1);
  }, 120_000);

  it('PostgreSQL is away for 20 s: orders without a key go on, keys are refused as not accepted, nothing is dead-lettered', async () => {
    const traffic = new OrderTraffic(system.url('order-api'));
    const end = new AbortController();
    const flowing = traffic.until(end.signal, PER_SECOND);
    await system.platform.stopPostgres();
    const stoppedAt = traffic.sent.length;
    const keyed = await new OrderTraffic(system.url('order-api')).sendOne({
      'idempotency-key': 'during-the-outage',
    });
    // The outage has to last: this is the one thing that waiting for a condition cannot stand for.
    await sleep(OUTAGE_MS);
    expect(await system.isReady('worker')).toBe(false);
    const during = traffic.sent.slice(stoppedAt);
    await system.platform.startPostgres();
    await system.untilReady();
    end.abort();
    await flowing;

    expect(during.length).toBeGreaterThan(PER_SECOND);
    expect(new Set(during.map(({ status }) => status))).toEqual(new Set([202]));
    expect(keyed).toMatchObject({ status: 503, problem: { outcome: 'not-accepted' } });
    await allArrives(idsOf(traffic), 270_000);
  }, 300_000);

  it('Kafka is away for 20 s: 503 problem+json in time that says which of two it is, not ready, and no 202 that is not on the topic', async () => {
    const traffic = new OrderTraffic(system.url('order-api'));
    const end = new AbortController();
    const flowing = traffic.until(end.signal, PER_SECOND);
    await eventually(() => expect(traffic.accepted.length).toBeGreaterThan(PER_SECOND), {
      deadlineMs: 30_000,
    });
    await system.platform.stopKafka();
    const downFrom = traffic.sent.length;
    await sleep(OUTAGE_MS);
    expect(await system.isReady('order-api')).toBe(false);
    expect(await system.isReady('worker')).toBe(false);
    const during = traffic.sent.slice(downFrom);
    await system.platform.startKafka();
    await system.untilReady();
    const before = traffic.accepted.length;
    await eventually(() => expect(traffic.accepted.length).toBeGreaterThan(before), { deadlineMs: 30_000 });
    end.abort();
    await flowing;

    const refused = during.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer.contentType).toMatch(/^application\/problem\+json/);
      expect(['not-accepted', 'outcome-unknown']).toContain(answer.problem?.outcome);
      expect(answer.problem?.type?.endsWith(answer.problem.outcome as string)).toBe(true);
      expect(answer.afterMs).toBeLessThan(ANSWER_DEADLINE_MS);
    }
    expect(traffic.sent.filter(({ status }) => status !== 202 && status !== 503)).toEqual([]);
    const { topic } = await allArrives(idsOf(traffic), 270_000);
    const surelyNot = refused.filter(({ problem }) => problem?.outcome === 'not-accepted');
    expect(surelyNot.filter(({ orderId }) => orderId !== undefined && topic.has(orderId))).toEqual([]);
  }, 300_000);

  it('kill -9 of each service in turn while orders flow: every accepted order is stored once everywhere and mailed once, or its mail is listed as unknown', async () => {
    const traffic = new OrderTraffic(system.url('order-api'));
    const share = Math.ceil(ORDERS / (VICTIMS.length + 1));
    await traffic.untilAccepted(share);
    for (const victim of VICTIMS) {
      const enough = traffic.acceptedCount + Math.min(share / 4, UNDER_WAY);
      const flowing = traffic.untilAccepted(share);
      await eventually(() => expect(traffic.acceptedCount).toBeGreaterThan(enough), { deadlineMs: 30_000 });
      system.kill(victim);
      await flowing;
      await system.untilReady(victim);
    }
    expect(system.restarts).toEqual([...VICTIMS]);
    const acceptedIds = idsOf(traffic);
    expect(acceptedIds.length).toBeGreaterThanOrEqual(ORDERS);
    const { topic } = await allArrives(acceptedIds, 570_000);
    expect(topic.size).toBeGreaterThanOrEqual(acceptedIds.length);
  }, 600_000);
});

async function untilNothingIsLeft(system: WholeSystem, leftMs: () => number): Promise<void> {
  const catchUp = await CatchUp.watch(system);
  try {
    await catchUp.untilDone(leftMs());
    await catchUp.untilMailed(leftMs());
  } finally {
    await catchUp.close();
  }
}
