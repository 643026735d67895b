import { eventually } from '@orderstream/testing';
import { brokenPromises } from '../support/broken-promises.ts';
import { readLedger } from '../support/ledger.ts';
import { OrderTraffic } from '../support/order-traffic.ts';
import { WholeSystem } from '../support/whole-system.ts';

/** `ORDERS=20000` for the long version. */
const ORDERS = Number(process.env['ORDERS'] ?? 4_000);
const VICTIMS = ['worker', 'notifier', 'analytics', 'order-api'] as const;

describe('kill -9 of each service in turn while orders flow', () => {
  let system: WholeSystem;
  beforeAll(async () => {
    system = await WholeSystem.start();
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('every accepted order is stored once everywhere and mailed once, or its mail is listed as unknown', async () => {
    const traffic = new OrderTraffic(system.url('order-api'));
    const share = Math.ceil(ORDERS / (VICTIMS.length + 1));
    await traffic.untilAccepted(share);
    for (const victim of VICTIMS) {
      const flowing = traffic.untilAccepted(share);
      await eventually(() => expect(traffic.accepted.length % share).not.toBe(0), { deadlineMs: 30_000 });
      system.kill(victim);
      await flowing;
      await system.untilReady(victim);
    }
    expect(system.restarts).toEqual([...VICTIMS]);
    const acceptedIds = traffic.accepted.map(({ orderId }) => orderId as string);
    expect(acceptedIds.length).toBeGreaterThanOrEqual(ORDERS);
    const ledger = await eventually(
      async () => {
        const found = await readLedger(system);
        expect(brokenPromises(found, acceptedIds)).toEqual([]);
        return found;
      },
      { deadlineMs: 240_000 },
    );
    expect(ledger.topic.size).toBeGreaterThanOrEqual(acceptedIds.length);
  }, 600_000);
});
