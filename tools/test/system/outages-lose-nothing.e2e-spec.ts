import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@orderstream/testing';
import { brokenPromises } from '../support/broken-promises.ts';
import { readLedger } from '../support/ledger.ts';
import { OrderTraffic } from '../support/order-traffic.ts';
import { WholeSystem } from '../support/whole-system.ts';

/** Longer than every deadline and every check of ten seconds in the services. */
const OUTAGE_MS = 20_000;
const PER_SECOND = 50;
/** The producer's deadline is 5 s; a busy machine adds to it. Whoever waited for Kafka's return would take the outage's 20. */
const ANSWER_DEADLINE_MS = 15_000;

describe('20 s without PostgreSQL or Kafka while orders flow', () => {
  let system: WholeSystem;
  beforeAll(async () => {
    system = await WholeSystem.start();
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  const allArrives = (ids: string[]): Promise<void> =>
    eventually(async () => expect(brokenPromises(await readLedger(system), ids)).toEqual([]), {
      deadlineMs: 120_000,
    });
  const idsOf = (traffic: OrderTraffic): string[] => traffic.accepted.map(({ orderId }) => orderId as string);

  it('PostgreSQL is away: orders without a key go on, keys are refused as not accepted, nothing is dead-lettered', async () => {
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
    await allArrives(idsOf(traffic));
  }, 300_000);

  it('Kafka is away: 503 problem+json in time that says which of two it is, not ready, and no 202 that is not on the topic', async () => {
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
    const ids = idsOf(traffic);
    await allArrives(ids);
    const { topic } = await readLedger(system);
    const surelyNot = refused.filter(({ problem }) => problem?.outcome === 'not-accepted');
    expect(surelyNot.filter(({ orderId }) => orderId !== undefined && topic.has(orderId))).toEqual([]);
  }, 300_000);
});
