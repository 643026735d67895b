import { eventually } from '@orderstream/testing';
import { Orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { orderRecord, SmallSystem } from '../operations/small-system.ts';
import { eachOnce, outcomeOf } from './redriven-orders.ts';

const ORDERS = 60;
const LATE = 10;

describe('records that come while those before them are being handed back', () => {
  let system: SmallSystem;
  beforeAll(async () => {
    system = await SmallSystem.start('worker');
  }, 180_000);
  afterAll(() => system.stop(), 60_000);

  it('parked after the job was planned: the same job hands them back, too, and ends when none is left', async () => {
    const records = new Map(
      Array.from({ length: ORDERS }, () => orderRecord('refused')).map((record) => [record.key, record]),
    );
    await system.refuseCustomer('refused');
    await produce([...records.values()]);
    await system.untilGivenUp(ORDERS);
    await system.refuseNobody();
    // In the order in which the job sends them: the last ones are still open when the first are on their way.
    const { letters } = await orderstreamJson<{ letters: { id: string; key: string }[] }>(
      ['dlq', 'list'],
      system.env,
    );
    const keys = new Map(letters.map(({ id, key }) => [id, key]));
    const plan = await orderstreamJson<{ would_send: { id: string }[] }>(
      ['dlq', 'redrive', '--all', '--dry-run'],
      system.env,
    );
    const last = plan.would_send.slice(-LATE).map(({ id }) => records.get(keys.get(id) as string));

    const job = new Orderstream(
      ['dlq', 'redrive', '--all', '--why', 'mended', '--yes', '--rate', '10/s', '--json'],
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
    await eventually(async () => expect(await outcomeOf(system)).toEqual(eachOnce([...records.keys()])), {
      deadlineMs: 30_000,
      intervalMs: 200,
    });
  }, 180_000);
});
