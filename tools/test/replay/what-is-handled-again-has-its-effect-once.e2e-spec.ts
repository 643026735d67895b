import { GUARDS, REFUSALS } from '../../src/replay/guards.ts';
import { registerReplay } from '../../src/commands/replay.ts';
import { SERVICES } from '../../src/services/services.ts';
import { inThisProcess, jsonInThisProcess } from '../cli/in-this-process.ts';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { redriveDisturbedLosesAndDoublesNothing } from '../dlq/redrive-disturbed-loses-and-doubles-nothing.ts';
import { produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';
import { everything, untilQuiet } from './everything.ts';
import { replayCutOffHalfWayIsFinishedLater } from './replay-cut-off-half-way-is-finished-later.ts';
import { cancellationsOf, failuresOf, paymentsOf, registrationsOf, visits } from './replayed-traffic.ts';

/** Of one customer within a minute: enough to be suspicious. */
const ORDERS = 20;
const PAID = 8;
const CANCELLED = 4;

interface Replayed {
  done: boolean;
  records: number;
  partitions: { back_to: number | null; records: number }[];
  why_nothing_is_repeated: string;
}

const services = SERVICES.map(({ name }) => name);
let system: SmallSystem;
beforeAll(async () => {
  system = await SmallSystem.start(...services);
}, 180_000);
afterAll(() => system.stop(), 60_000);

describe('replaying every topic for every group that may', () => {
  const argsOf = ({ group, topic }: { group: string; topic: string }) => [
    ...['replay', '--group', group, '--topic', topic, '--from', 'beginning'],
  ];

  it('every record is handled again; nothing is emitted, mailed, texted, counted or suspected twice', async () => {
    const orders = Array.from({ length: ORDERS }, () => orderRecord('ada'));
    const ids = orders.map(({ key }) => key);
    // One after the other, so that all of it is told: of an order that is paid nobody hears any more that a payment failed.
    const steps = [
      [...registrationsOf(['ada', 'bob']), ...visits(3)],
      orders,
      failuresOf(ids.slice(0, PAID)),
      paymentsOf(ids.slice(0, PAID)),
      cancellationsOf(ids.slice(0, CANCELLED)),
    ];
    for (const step of steps) {
      await produce(step);
      await untilQuiet(system);
    }
    const before = await everything(system);
    // There is something of each kind that could be repeated.
    expect(before.log).toMatchObject({ payments: 2 * PAID, users: 4, 'web-events': 15, alerts: 2 });
    expect(before.log['orders']).toBe(2 * ORDERS + PAID + 2 * CANCELLED);
    expect(Object.entries(before.tables).filter(([, rows]) => rows.length === 0)).toEqual([
      ['worker.dead_letters', []],
    ]);
    expect(before.mails).toHaveLength(ORDERS + 2 + 2 * PAID + CANCELLED);
    expect(before.sms).toHaveLength(ORDERS + CANCELLED);

    const running = await orderstream([...argsOf({ group: 'worker', topic: 'orders' }), '--yes'], system.env);
    expect(running.code).toBe(1);
    expect(running.stderr).toMatch(/worker is running: 1 member\(s\), .*Stop every instance of worker first/);

    await system.stopServices();
    const dry = await orderstreamJson<Replayed>(
      [...argsOf({ group: 'worker', topic: 'orders' }), '--dry-run'],
      system.env,
    );
    expect(dry).toMatchObject({ done: false, records: before.log['orders'] });
    const replay = (pair: { group: string; topic: string }) =>
      jsonInThisProcess<Replayed>(registerReplay, [...argsOf(pair), '--yes'], system.env);
    for (const guard of GUARDS) {
      const replayed = await replay(guard);
      expect(replayed).toMatchObject({ done: true, records: before.log[guard.topic] });
      expect(replayed.partitions.filter(({ records, back_to }) => records > 0 && back_to !== 0)).toEqual([]);
    }
    // What the log calls lag is the same as what the database calls it.
    const again = await replay({ group: 'notifier', topic: 'orders' });
    expect(again).toMatchObject({ done: false, records: 0 });

    await Promise.all(services.map((name) => system.startService(name)));
    await untilQuiet(system);
    expect(await everything(system)).toEqual(before);
  }, 240_000);

  it('what must not be replayed is refused, with the reason', async () => {
    for (const pair of REFUSALS) {
      const refused = await inThisProcess(registerReplay, [...argsOf(pair), '--yes'], system.env);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain(pair.whyNot);
    }
  });

  it('the check sees what is done twice', async () => {
    const before = await everything(system);
    const [again] = registrationsOf(['ida']);
    // Under an id that the ledger does not know: what a notifier that forgets would send.
    await produce([again as NonNullable<typeof again>]);
    await untilQuiet(system);
    const after = await everything(system);
    expect(after.mails).toHaveLength(before.mails.length + 1);
    expect(after.log['users']).toBe(5);
    expect(after.tables['notifier.notifications']).not.toEqual(before.tables['notifier.notifications']);
  });
});

// The other services have no part in these: only the worker runs, or nobody.
replayCutOffHalfWayIsFinishedLater(() => system);
redriveDisturbedLosesAndDoublesNothing(() => system);
