import { once } from 'node:events';
import { eventually, readTopic } from '@orderstream/testing';
import { registerDlq } from '../../src/commands/dlq.ts';
import { jsonInThisProcess } from '../cli/in-this-process.ts';
import { Orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, type SmallSystem } from '../operations/small-system.ts';
import { outcomeOf, untilEachOnce } from './redriven-orders.ts';

const ORDERS = 30;
const LATE = 5;
/** So slow that a job is at its records for seconds. */
const SLOWLY = ['--rate', '5/s'];
/** Enough that a slow job is still at it when it is cut off, three times. */
const CUT_ORDERS = 60;

/** On a system whose worker is stopped, with no dead letters. */
export function redriveDisturbedLosesAndDoublesNothing(running: () => SmallSystem): void {
  describe('a redrive, or a discard, that is disturbed', () => {
    let system: SmallSystem;
    /** All orders there have been: at each end every one of them has had its effect once. */
    const everyOrder: string[] = [];
    beforeAll(async () => {
      system = running();
      everyOrder.push(...(await outcomeOf(system)).stored);
      await system.startService('worker');
    }, 180_000);

    const refusedOrders = (count: number) => {
      const records = Array.from({ length: count }, () => orderRecord('refused'));
      everyOrder.push(...records.map(({ key }) => key));
      return records;
    };

    it('by a second operator who redrives the same records: each has its effect once', async () => {
      const records = refusedOrders(ORDERS);
      await system.refuseCustomer('refused');
      await produce(records);
      await system.untilGivenUp(ORDERS);
      await system.refuseNobody();
      const handedBackBefore = await handedBack();
      const job = (by: string) =>
        new Orderstream(
          ['dlq', 'redrive', '--all', '--why', 'mended', '--by', by, '--yes', '--rate', '10/s'],
          system.env,
        );
      const hasBegun = ({ stderr }: Orderstream): boolean => /\d+ of \d+ sent/.test(stderr);
      const ada = job('ada');
      await eventually(() => hasBegun(ada));
      // However long the second takes to start, it finds most of them open.
      ada.process.kill('SIGSTOP');
      const grace = job('grace');
      // A send under way would be given up after 20 s.
      await eventually(() => hasBegun(grace), { deadlineMs: 18_000 }).finally(() =>
        ada.process.kill('SIGCONT'),
      );
      const both = await Promise.all([ada.ended, grace.ended]);
      expect(both.map(({ code }) => code)).toEqual([0, 0]);
      // They did get into each other's way: more was sent than there was.
      expect((await handedBack()) - handedBackBefore).toBeGreaterThan(ORDERS);
      await untilEachOnce(system, everyOrder);
      expect(await openCount(system)).toBe(0);
    }, 180_000);

    it('by records that are parked after it was planned: the same job hands them back, too, and ends when none is left', async () => {
      const records = new Map(refusedOrders(ORDERS).map((record) => [record.key, record]));
      await system.refuseCustomer('refused');
      await produce([...records.values()]);
      await system.untilGivenUp(ORDERS);
      await system.refuseNobody();
      // In the order in which the job sends them: the last ones are still open when the first are on their way.
      const { letters } = await jsonInThisProcess<{ letters: { id: string; key: string }[] }>(
        registerDlq,
        ['dlq', 'list'],
        system.env,
      );
      const keys = new Map(letters.map(({ id, key }) => [id, key]));
      const plan = await jsonInThisProcess<{ would_send: { id: string }[] }>(
        registerDlq,
        ['dlq', 'redrive', '--all', '--dry-run'],
        system.env,
      );
      const last = plan.would_send.slice(-LATE).map(({ id }) => records.get(keys.get(id) as string));

      const job = new Orderstream(
        ['dlq', 'redrive', '--all', '--why', 'mended', '--yes', ...SLOWLY, '--json'],
        system.env,
      );
      await eventually(() => /\d+ of \d+ sent/.test(job.stderr));
      // It must not come to the last ones before their successors are parked.
      job.process.kill('SIGSTOP');
      try {
        await produce(last.map((record) => record as NonNullable<typeof record>));
        await system.untilParked(LATE);
      } finally {
        job.process.kill('SIGCONT');
      }
      const { code, stdout, stderr } = await job.ended;
      expect({ code, stderr: stderr.split('\n').slice(-4).join('\n') }).toMatchObject({ code: 0 });
      expect(stderr).toMatch(/records were parked behind them meanwhile: they follow/);
      const done = JSON.parse(stdout) as { settled: boolean; sent: unknown[]; died_again: unknown[] };
      expect(done).toMatchObject({ settled: true, died_again: [] });
      expect(done.sent.length).toBe(ORDERS + LATE);
      await untilEachOnce(system, everyOrder);
    }, 180_000);

    it('by being killed, then by Ctrl-C, then by Kafka’s leaving, then run to its end: each record has its effect once', async () => {
      const records = refusedOrders(CUT_ORDERS);
      await system.refuseCustomer('refused');
      await produce(records);
      await system.untilGivenUp(CUT_ORDERS);
      await system.refuseNobody();
      const args = ['dlq', 'redrive', '--group', 'worker', '--why', 'mended', '--yes', '--json'];

      const killed = new Orderstream([...args, ...SLOWLY], system.env);
      await eventually(() => /\d+ of \d+ sent/.test(killed.stderr));
      killed.process.kill('SIGKILL');
      await once(killed.process, 'close');
      const afterKill = await openCount(system);
      expect(afterKill).toBeGreaterThan(0);
      expect(afterKill).toBeLessThan(CUT_ORDERS);

      const stopped = new Orderstream([...args, ...SLOWLY], system.env);
      await eventually(() => /\d+ of \d+ sent/.test(stopped.stderr));
      const { code, stdout } = await stopped.interrupt();
      expect(code).toBe(1);
      const half = JSON.parse(stdout) as { stopped: boolean; sent: unknown[] };
      expect(half.stopped).toBe(true);
      // What it says it sent is what is closed: it ends between two records, not inside of one.
      expect(await openCount(system)).toBe(afterKill - half.sent.length);
      expect(half.sent.length).toBeLessThan(afterKill);

      const left = new Orderstream([...args, '--rate', '10/s'], system.env);
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
      await untilEachOnce(system, everyOrder);
    }, 180_000);

    it('a discard by being killed among the heads, then run to its end: what was parked behind all of them is handled', async () => {
      const records = refusedOrders(ORDERS);
      await system.refuseCustomer('refused');
      await produce(records);
      await produce(records);
      await system.untilGivenUp(2 * ORDERS);
      await system.refuseNobody();
      const args = ['dlq', 'discard', '--reason', 'permanent', '--successors', 'redrive', '--why', 'doubles'];

      const killed = new Orderstream([...args, '--yes', ...SLOWLY], system.env);
      await eventually(() => /\d+ of \d+ sent/.test(killed.stderr));
      killed.process.kill('SIGKILL');
      await once(killed.process, 'close');

      await orderstreamJson([...args, '--yes', '--rate', '1000/s'], system.env);
      expect(await openCount(system)).toBe(0);
      await untilEachOnce(system, everyOrder);
    }, 180_000);
  });
}

/** How many records were ever handed back to the worker, whoever did it. */
async function handedBack(): Promise<number> {
  return (await readTopic('orders.worker.retry')).length;
}

/** How many stand open, as the log says. */
async function openCount(system: SmallSystem): Promise<number> {
  return (await jsonInThisProcess<{ total: number }>(registerDlq, ['dlq', 'list'], system.env)).total;
}
