import { eventually } from '@orderstream/testing';
import { brokenAnswers, brokenPromises } from '../support/broken-promises.ts';
import { CatchUp } from '../support/catch-up.ts';
import { readLedger } from '../support/ledger.ts';
import { OrderTraffic } from '../support/order-traffic.ts';
import { WholeSystem, type ServiceName } from '../support/whole-system.ts';
import { deadlineFor, scaled } from './support/scale.ts';
import { tell } from './support/tell.ts';

/** An order's two: what order-api takes, what the worker rules. */
const EVENTS = scaled(100_000, 2_000);
const ORDERS = EVENTS / 2;
const REJECT_EVERY = 25;

type Fault = ServiceName | 'broker restarted' | 'broker killed';
const FAULTS: readonly Fault[] = [
  'worker',
  'order-api',
  'broker restarted',
  'notifier',
  'analytics',
  'worker',
  'broker killed',
  'order-api',
  'notifier',
  'broker restarted',
  'analytics',
  'worker',
  'order-api',
];

describe(`three broker restarts and ten kill -9 of services while ${EVENTS} events flow`, () => {
  let system: WholeSystem;
  let watch: CatchUp;
  beforeAll(async () => {
    system = await WholeSystem.start();
  }, 180_000);
  afterAll(async () => {
    await watch?.close();
    await system?.stop();
  }, 120_000);

  it(
    'every accepted order is stored once and in order everywhere and mailed once, or its mail is listed as unknown',
    async () => {
      const traffic = new OrderTraffic(system.url('order-api'), { rejectEvery: REJECT_EVERY });
      const share = Math.ceil(ORDERS / (FAULTS.length + 1));
      await traffic.untilAccepted(share);
      for (const fault of FAULTS) {
        const before = traffic.acceptedCount;
        const flowing = traffic.untilAccepted(share);
        await eventually(() => traffic.acceptedCount > before + share / 4, { deadlineMs: 120_000 });
        tell(`${fault} at ${traffic.acceptedCount} of ${ORDERS} orders accepted`);
        await strike(system, fault);
        await flowing;
        await system.untilReady();
      }
      expect(system.restarts).toEqual(FAULTS.filter((fault) => !fault.startsWith('broker')));

      tell('all sent; waiting until everything has arrived');
      watch = await CatchUp.watch(system);
      await watch.untilDone(deadlineFor(EVENTS, 5));
      await watch.untilMailed(deadlineFor(ORDERS, 10));
      const ledger = await readLedger(system);
      const records = [...ledger.topic.values()].reduce((sum, { length }) => sum + length, 0);
      const unknown = [...ledger.notifications.values()].filter(([state]) => state === 'unknown').length;
      tell(
        `${records} records of ${ledger.topic.size} orders on the topic, ${traffic.sent.length} requests, ` +
          `${traffic.acceptedCount} accepted, ${ledger.mails.size} mailed, ${unknown} mails listed as unknown`,
      );
      expect(records).toBeGreaterThanOrEqual(EVENTS);
      expect(brokenAnswers(ledger, traffic.sent)).toEqual([]);
      const acceptedIds = traffic.accepted.map(({ orderId }) => orderId as string);
      expect(brokenPromises(ledger, acceptedIds)).toEqual([]);
    },
    deadlineFor(EVENTS, 20) + FAULTS.length * 60_000,
  );
});

/** Resolves when the fault has happened; a broker is back by then. */
async function strike(system: WholeSystem, fault: Fault): Promise<void> {
  if (fault === 'broker killed') return system.killKafka();
  if (fault !== 'broker restarted') return system.kill(fault);
  await system.platform.stopKafka();
  await system.platform.startKafka();
}
