import { eventually, readTopic } from '@orderstream/testing';
import { allTopics } from '@orderstream/events';
import { registerDlq } from '../../src/commands/dlq.ts';
import { jsonInThisProcess } from '../cli/in-this-process.ts';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, type SmallSystem } from '../operations/small-system.ts';
import { outcomeOf, untilEachOnce, untilRuled, untilStored } from './redriven-orders.ts';

/** On a system with worker and order-api in which nothing was given up before. */
export function redriveReachesOneGroup(running: () => SmallSystem): void {
  describe('redriving what the worker could not process', () => {
    let system: SmallSystem;
    /** Orders that were there before. */
    let others: readonly string[];
    beforeAll(async () => {
      system = running();
      others = (await outcomeOf(system)).stored;
    }, 60_000);

    it('the worker alone gets it, in its order, with what was parked behind it; the job ends when it is done', async () => {
      const bad = orderRecord('refused');
      const good = orderRecord('ada');
      await system.refuseCustomer('refused');
      // The same order three times, as a producer that was not answered sends it: the second and third wait behind the first.
      for (const record of [bad, bad, good, bad]) await produce([record]);
      await system.untilGivenUp(3);
      const listed = await jsonInThisProcess<{ counts: { reason: string; count: number }[] }>(
        registerDlq,
        ['dlq', 'list'],
        system.env,
      );
      expect(listed.counts.map(({ reason, count }) => [reason, count])).toEqual([
        ['parked-behind', 2],
        ['permanent', 1],
      ]);
      const seenByOthers = await eventually(async () => {
        const seen = await othersHave(system, [bad.key, good.key]);
        expect(seen).toHaveLength(2);
        return seen;
      }, OFTEN);

      // Not mended yet: it dies again, and nothing overtakes it.
      const early = await orderstream(
        ['dlq', 'redrive', '--reason', 'permanent', '--why', 'perhaps now?', '--yes', '--wait', '30s'],
        system.env,
      );
      expect(early.stdout).toContain('1 died again');
      expect(early.code).toBe(1);
      expect((await outcomeOf(system)).open).toBe(3);

      await system.refuseNobody();
      const args = [
        'dlq',
        'redrive',
        '--reason',
        'permanent',
        '--why',
        'the constraint is gone',
        '--yes',
        '--wait',
        '30s',
      ];
      const done = await orderstreamJson<{ sent: { id: string }[] }>(args, system.env);
      const offsets = done.sent.map(({ id }) => Number(id.split('/')[2]));
      expect(offsets.length).toBeGreaterThanOrEqual(3);
      expect(offsets.slice(0, 3)).toEqual([...offsets.slice(0, 3)].sort((a, b) => a - b));
      // When the command has ended the group has handled it.
      expect((await system.rows('worker', 'SELECT 1 FROM worker.dead_letters')).length).toBe(0);
      await untilEachOnce(system, [...others, good.key, bad.key]);
      expect(await othersHave(system, [bad.key, good.key])).toEqual(seenByOthers);
      for (const { name } of allTopics().filter((topic) => topic.name.endsWith('.retry'))) {
        const records = await readTopic(name);
        if (name !== 'orders.worker.retry') expect(records).toEqual([]);
        else expect(records.every(({ key }) => key === bad.key)).toBe(true);
      }
    }, 180_000);

    it('a discard of what others wait for: they are handled, stay parked or are given up, as the operator says', async () => {
      const heads = {
        redrive: orderRecord('refused'),
        keep: orderRecord('refused'),
        discard: orderRecord('refused'),
      };
      const both = Object.values(heads);
      await system.refuseCustomer('refused');
      await produce(both);
      await produce(both);
      await system.untilGivenUp(6);
      await system.refuseNobody();
      const { letters } = await jsonInThisProcess<{ letters: { id: string; key: string }[] }>(
        registerDlq,
        ['dlq', 'list', '--reason', 'permanent'],
        system.env,
      );
      const headOf = (key: string): string => letters.find((letter) => letter.key === key)?.id as string;
      const openKeys = async (): Promise<string[]> => {
        const rows = await system.rows<{ key: string }>(
          'worker',
          "SELECT convert_from(record_key, 'UTF8') AS key FROM worker.dead_letters",
        );
        return rows.map(({ key }) => key).sort();
      };
      for (const [successors, { key }] of Object.entries(heads)) {
        const done = await orderstreamJson<{ settled: boolean; overtaken: unknown[] }>(
          [...DISCARD, '--id', headOf(key), '--successors', successors],
          system.env,
        );
        expect(done).toMatchObject({ settled: true, overtaken: [] });
      }
      expect(await openKeys()).toEqual([heads.keep.key]);

      // A third one behind each: only a parked one holds it up.
      await produce(both);
      await eventually(async () => expect(await openKeys()).toEqual([heads.keep.key, heads.keep.key]), OFTEN);
      await untilRuled(system, [heads.discard.key]);
      const { confirmed } = await outcomeOf(system);
      expect(both.map(({ key }) => [key, confirmed.get(key)])).toEqual([
        [heads.redrive.key, 1],
        [heads.keep.key, undefined],
        [heads.discard.key, 1],
      ]);

      await orderstreamJson(
        ['dlq', 'redrive', '--key', heads.keep.key, '--why', 'after all', '--yes'],
        system.env,
      );
      await untilStored(
        system,
        both.map(({ key }) => key),
      );
      await eventually(async () => {
        const { confirmed, open, pending } = await outcomeOf(system);
        expect(both.map(({ key }) => confirmed.get(key))).toEqual([1, 1, 1]);
        expect({ open, pending }).toEqual({ open: 0, pending: 0 });
      }, OFTEN);
    }, 180_000);
  });
}

const OFTEN = { deadlineMs: 30_000, intervalMs: 250 };
const DISCARD = ['dlq', 'discard', '--why', 'a test order', '--yes'];

/** What order-api has made of the orders' creation. */
async function othersHave(system: SmallSystem, orderIds: readonly string[]): Promise<object[]> {
  return system.rows(
    'order_api',
    `SELECT order_id, count(*)::int AS n FROM order_api.order_events
      WHERE event_type = 'order.created' AND order_id = ANY ($1) GROUP BY 1 ORDER BY 1`,
    [orderIds],
  );
}
