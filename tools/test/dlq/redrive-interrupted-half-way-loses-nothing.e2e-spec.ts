import { once } from 'node:events';
import { eventually } from '@orderstream/testing';
import { Orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';
import { eachOnce, outcomeOf } from './redriven-orders.ts';

const ORDERS = 120;

describe('a redrive that is cut off', () => {
  let system: SmallSystem;
  beforeAll(async () => {
    system = await SmallSystem.start('worker');
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('killed, then stopped by Ctrl-C, then left by Kafka, then run to its end: each record has its effect once', async () => {
    const records = Array.from({ length: ORDERS }, () => orderRecord('refused'));
    await system.refuseCustomer('refused');
    await produce(records);
    await system.untilGivenUp(ORDERS);
    await system.refuseNobody();
    const args = ['dlq', 'redrive', '--group', 'worker', '--why', 'mended', '--yes', '--json'];

    const killed = new Orderstream([...args, '--rate', '10/s'], system.env);
    await eventually(() => /\d+ of \d+ sent/.test(killed.stderr));
    killed.process.kill('SIGKILL');
    await once(killed.process, 'close');
    const afterKill = await openCount(system);
    expect(afterKill).toBeGreaterThan(0);
    expect(afterKill).toBeLessThan(ORDERS);

    const stopped = new Orderstream([...args, '--rate', '10/s'], system.env);
    await eventually(() => /\d+ of \d+ sent/.test(stopped.stderr));
    const { code, stdout } = await stopped.interrupt();
    expect(code).toBe(1);
    const half = JSON.parse(stdout) as { stopped: boolean; sent: unknown[] };
    expect(half.stopped).toBe(true);
    // What it says it sent is what is closed: it ends between two records, not inside of one.
    expect(await openCount(system)).toBe(afterKill - half.sent.length);
    expect(half.sent.length).toBeLessThan(afterKill);

    const left = new Orderstream([...args, '--rate', '20/s'], system.env);
    await eventually(() => /\d+ of \d+ sent/.test(left.stderr));
    await system.platform.stopKafka();
    await system.platform.startKafka();
    const away = await left.ended;
    // A short absence is sat out; at a longer one the job ends, and says how to go on.
    const told = JSON.parse(away.stdout) as { sent: unknown[]; broken_off: string | null };
    expect(told.sent.length).toBeGreaterThan(0);
    if (told.broken_off !== null) {
      expect(away.code).toBe(1);
      expect(told.broken_off).toMatch(/the same command goes on there|did not answer/);
      expect(away.stderr).toContain(told.broken_off);
    }
    const stillOpen = await openCount(system);

    const rest = await orderstreamJson<{ sent: unknown[] }>(
      [...args.slice(0, -1), '--rate', '1000/s'],
      system.env,
    );
    expect(rest.sent.length).toBe(stillOpen);
    await eventually(
      async () => expect(await outcomeOf(system)).toEqual(eachOnce(records.map(({ key }) => key))),
      { deadlineMs: 30_000, intervalMs: 200 },
    );
  }, 180_000);
});

/** How many stand open, as the log says. */
async function openCount(system: SmallSystem): Promise<number> {
  return (await orderstreamJson<{ total: number }>(['dlq', 'list'], system.env)).total;
}
