import { eventually, readTopic } from '@orderstream/testing';
import { allTopics } from '@orderstream/events';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';
import { eachOnce, outcomeOf } from './redriven-orders.ts';

describe('redriving what the worker could not process', () => {
  let system: SmallSystem;
  beforeAll(async () => {
    system = await SmallSystem.start('worker', 'order-api');
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('the worker alone gets it, in its order, with what was parked behind it; the job ends when it is done', async () => {
    const bad = orderRecord('refused');
    const good = orderRecord('ada');
    await system.refuseCustomer('refused');
    // The same order three times, as a producer that was not answered sends it: the second and third wait behind the first.
    for (const record of [bad, bad, good, bad]) await produce([record]);
    await system.untilGivenUp(3);
    const listed = await orderstreamJson<{ counts: { reason: string; count: number }[] }>(
      ['dlq', 'list'],
      system.env,
    );
    expect(listed.counts.map(({ reason, count }) => [reason, count])).toEqual([
      ['parked-behind', 2],
      ['permanent', 1],
    ]);
    const seenByOthers = await eventually(async () => {
      const seen = await othersHave(system);
      expect(seen).toHaveLength(2);
      return seen;
    });

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
    await eventually(async () => expect(await outcomeOf(system)).toEqual(eachOnce([good.key, bad.key])), {
      deadlineMs: 30_000,
      intervalMs: 200,
    });
    expect(await othersHave(system)).toEqual(seenByOthers);
    for (const { name } of allTopics().filter((topic) => topic.name.endsWith('.retry'))) {
      const records = await readTopic(name);
      if (name !== 'orders.worker.retry') expect(records).toEqual([]);
      else expect(records.every(({ key }) => key === bad.key)).toBe(true);
    }
  }, 180_000);
});

/** What order-api has made of the orders' creation. */
async function othersHave(system: SmallSystem): Promise<object[]> {
  return system.rows(
    'order_api',
    "SELECT order_id, count(*)::int AS n FROM order_api.order_events WHERE event_type = 'order.created' GROUP BY 1 ORDER BY 1",
  );
}
