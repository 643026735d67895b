import type { LagStatus } from '@orderstream/events';
import { Outbox, OutboxBell } from '@orderstream/transactional';
import { LagStore } from '../../src/lag/lag-store.ts';
import { Warehouse } from '../support/warehouse.ts';

const allowed = { otherwise: 60, named: new Map([['worker/orders', 30]]) };

describe('an alert and its event', () => {
  let warehouse: Warehouse;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  afterAll(() => warehouse.close());

  const instance = (): LagStore => {
    const database = warehouse.connect();
    return new LagStore(database, new Outbox('analytics', new OutboxBell(database)));
  };
  const status = (seconds: number, change: Partial<LagStatus> = {}): LagStatus => ({
    group: 'worker',
    topic: 'orders',
    members: 1,
    records: 40,
    seconds,
    verdict: 'WARN',
    advice: { kind: 'add-instances', instances: 2, seconds: 90 },
    ...change,
  });
  /** What waits in the outbox for the topic alerts. */
  const told = async (): Promise<{ event_type: string; payload: object }[]> => {
    const rows = await warehouse.rows<{ records: string }>(
      "SELECT records FROM analytics.outbox WHERE topic = 'alerts' ORDER BY id",
    );
    // A line is the key and the headers, a tab, and the event.
    const lines = rows.flatMap(({ records }) => records.split('\n'));
    return lines.map(
      (line) => JSON.parse(line.slice(line.indexOf('\t'))) as { event_type: string; payload: object },
    );
  };

  it('two instances at once, check after check: exceeded once, recovered once, with what the rule allows', async () => {
    const [one, other] = [instance(), instance()];
    const check = (seconds: number): Promise<void[]> =>
      Promise.all([one.save([status(seconds)], allowed), other.save([status(seconds)], allowed)]);
    for (let index = 0; index < 4; index += 1) await check(45);
    expect(await told()).toMatchObject([
      {
        event_type: 'consumer_lag.exceeded',
        payload: {
          group: 'worker',
          topic: 'orders',
          lag: 40,
          lag_seconds: 45,
          verdict: 'WARN',
          threshold: 30,
        },
      },
    ]);
    for (let index = 0; index < 4; index += 1) await check(2);
    expect((await told()).map(({ event_type }) => event_type)).toEqual([
      'consumer_lag.exceeded',
      'consumer_lag.recovered',
    ]);
  });

  it('a group that is not watched any more: its row goes', async () => {
    await instance().save([status(1, { group: 'notifier', verdict: undefined })], allowed);
    const rows = await warehouse.rows('SELECT consumer_group, verdict, hint FROM analytics.lag_verdicts');
    expect(rows).toEqual([
      { consumer_group: 'notifier', verdict: null, hint: '2 instances would catch up in about 2 min.' },
    ]);
  });
});
