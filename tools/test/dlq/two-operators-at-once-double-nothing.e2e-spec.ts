import { eventually, readTopic } from '@orderstream/testing';
import { Orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';
import { eachOnce, outcomeOf } from './redriven-orders.ts';

const ORDERS = 60;

describe('two operators who redrive the same records', () => {
  let system: SmallSystem;
  beforeAll(async () => {
    system = await SmallSystem.start('worker');
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('both send them: each has its effect once', async () => {
    const records = Array.from({ length: ORDERS }, () => orderRecord('refused'));
    await system.refuseCustomer('refused');
    await produce(records);
    await system.untilGivenUp(ORDERS);
    await system.refuseNobody();
    const job = (by: string) =>
      new Orderstream(
        ['dlq', 'redrive', '--all', '--why', 'mended', '--by', by, '--yes', '--rate', '20/s'],
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
    expect((await readTopic('orders.worker.retry')).length).toBeGreaterThan(ORDERS);
    await eventually(
      async () => expect(await outcomeOf(system)).toEqual(eachOnce(records.map(({ key }) => key))),
      { deadlineMs: 30_000, intervalMs: 200 },
    );
    const open = await orderstreamJson<{ total: number }>(['dlq', 'list'], system.env);
    expect(open.total).toBe(0);
  }, 180_000);
});
