import { randomInt } from 'node:crypto';
import { bursts } from '../../src/fraud/burst.rules.ts';
import { readConfig } from '../../src/config.ts';
import { FraudPurge } from '../../src/fraud/fraud-purge.ts';
import { Warehouse } from '../support/warehouse.ts';
import { alerts, emptyFraud, failed, FraudGroup, placed, type OrderPlaced } from './fraud-group.ts';

const BEGIN = Date.UTC(2026, 5, 13, 10);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const { bursts: limits } = readConfig({}).fraud;

describe('the group fraud', () => {
  let warehouse: Warehouse;
  let group: FraudGroup;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  beforeEach(async () => {
    await emptyFraud(warehouse);
    group = new FraudGroup(warehouse);
  });
  afterAll(() => warehouse.close());

  const told = async () =>
    (await alerts(warehouse)).map(({ payload: { rule, subject_id, window } }) => [
      rule,
      subject_id,
      (Date.parse(window.end) - BEGIN) / SECOND,
    ]);
  const kept = () =>
    warehouse.rows<{ rule: string; subject_id: string; window_start: Date; window_end: Date }>(
      'SELECT * FROM warehouse.fraud_suspicions ORDER BY window_end, rule',
    );
  /** As many orders, so far apart. */
  const series = (count: number, everyMs: number, beginMs = BEGIN): OrderPlaced[] =>
    Array.from({ length: count }, (_, index) => placed(beginMs + index * everyMs));

  it('ten orders within a minute: nothing; the eleventh: one alert with its evidence, and the row the dashboard reads', async () => {
    const orders = series(11, SECOND);
    await group.orders(0, ...orders.slice(0, 10));
    expect(await told()).toEqual([]);
    await group.orders(1, ...orders.slice(10));
    const [alert, ...more] = await alerts(warehouse);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      source: 'analytics',
      causation_id: orders[10]?.event_id,
      correlation_id: orders[10]?.correlation_id,
      payload: {
        subject_type: 'customer',
        subject_id: 'ada',
        rule: 'order_velocity',
        window: { start: '2026-06-13T09:59:10.000Z', end: '2026-06-13T10:00:10.000Z' },
        evidence: { orders: 11, within_seconds: 10 },
      },
    });
    expect(await kept()).toEqual([
      {
        subject_type: 'customer',
        subject_id: 'ada',
        rule: 'order_velocity',
        score: alert?.payload.score,
        window_start: new Date('2026-06-13T09:59:10.000Z'),
        window_end: new Date('2026-06-13T10:00:10.000Z'),
        evidence: alert?.payload.evidence,
        detected_at: expect.any(Date) as Date,
      },
    ]);
  });

  it('the same orders again at other offsets, by another instance, and more of them: still one', async () => {
    const orders = series(15, SECOND);
    await group.orders(0, ...orders.slice(0, 12), ...orders.slice(0, 12));
    await warehouse.rows('TRUNCATE analytics.consumer_positions');
    const other = new FraudGroup(warehouse);
    for (const order of orders) await other.orders(2, order);
    await other.orders(3, ...orders);
    expect(await told()).toEqual([['order_velocity', 'ada', 10]]);
  });

  it('halves of a burst on two partitions, handled at one time: not missed, and told once', async () => {
    const instances = [group, new FraudGroup(warehouse)] as const;
    for (let round = 0; round < 20; round += 1) {
      const customer_id = `c-${round}`;
      const orders = Array.from({ length: 12 }, (_, index) => placed(BEGIN + index, { customer_id }));
      await Promise.all([
        instances[0].orders(round, ...orders.slice(0, 6)),
        instances[1].orders(100 + round, ...orders.slice(6)),
      ]);
    }
    expect(await told()).toHaveLength(20);
  });

  it('orders that come late: count where they belong', async () => {
    await group.orders(0, ...series(10, SECOND), placed(BEGIN + 3_600 * SECOND));
    expect(await told()).toEqual([]);
    await group.orders(1, placed(BEGIN + 4_500));
    expect(await told()).toEqual([['order_velocity', 'ada', 9]]);
  });

  it('two bursts with ten minutes between: two; the second one first: the same two', async () => {
    const [early, late] = [series(11, SECOND), series(11, SECOND, BEGIN + 10 * MINUTE)];
    await group.orders(0, ...late);
    await group.orders(1, ...early);
    expect((await told()).map(([, , end]) => end)).toEqual([610, 10]);
  });

  it('whatever the order, the batches and the partitions: no two overlap, and no burst is without one', async () => {
    for (let round = 0; round < 5; round += 1) {
      await emptyFraud(warehouse);
      const orders = Array.from({ length: 120 }, () => placed(BEGIN + randomInt(600) * SECOND));
      const deliveries = [...orders, ...orders.slice(0, 40)].sort(() => randomInt(3) - 1);
      const shuffled = new FraudGroup(warehouse);
      while (deliveries.length > 0)
        await shuffled.orders(randomInt(4), ...deliveries.splice(0, 1 + randomInt(30)));
      const rows = await kept();
      const windows = rows.map(({ window_start, window_end }) => [
        window_start.getTime(),
        window_end.getTime(),
      ]);
      for (const [index, [start]] of windows.slice(1).entries()) {
        expect(start).toBeGreaterThan(windows[index]?.[1] as number);
      }
      const marks = orders.map(({ payload, timestamp }) => ({
        rule: 'order_velocity' as const,
        subject_id: 'ada',
        member: payload.order_id,
        at_ms: Date.parse(timestamp),
      }));
      const all = bursts(marks, limits.order_velocity);
      expect(all.length).toBeGreaterThan(0);
      for (const { endMs } of all) {
        const own = windows.filter(
          ([start, end]) => (start as number) <= endMs && endMs - MINUTE <= (end as number),
        );
        expect(own.length).toBeGreaterThan(0);
      }
      expect(await told()).toHaveLength(rows.length);
    }
  });

  it('three failed payments before any of their orders: told with the order; told again under their ids: still three', async () => {
    const [one, other] = [placed(BEGIN), placed(BEGIN + SECOND)];
    await group.payments(0, failed(one, BEGIN + 2 * SECOND, 'p-1'), failed(one, BEGIN + 3 * SECOND, 'p-2'));
    await group.payments(1, failed(other, BEGIN + 4 * SECOND, 'p-3'), failed(one, BEGIN + 9 * SECOND, 'p-1'));
    await group.orders(0, one);
    expect(await told()).toEqual([]);
    await group.orders(1, other);
    expect(await told()).toEqual([['failed_payments', 'ada', 4]]);
    expect((await alerts(warehouse))[0]).toMatchObject({ causation_id: other.event_id });
    await group.payments(0, failed(one, BEGIN + 5 * SECOND, 'p-4'));
    expect(await told()).toHaveLength(1);
    expect(await warehouse.rows('SELECT * FROM analytics.fraud_failed_payments')).toEqual([]);
  });

  it('payments of two customers: do not add up', async () => {
    const [one, other] = [placed(BEGIN), placed(BEGIN, { customer_id: 'bob' })];
    await group.orders(0, one, other);
    await group.payments(0, failed(one, BEGIN), failed(one, BEGIN), failed(other, BEGIN));
    expect(await told()).toEqual([]);
    await group.payments(0, failed(other, BEGIN), failed(other, BEGIN));
    expect(await told()).toEqual([['failed_payments', 'bob', 0]]);
  });

  it('an amount beside which five earlier orders are small, in its currency: told once, also when they come after it', async () => {
    const much = placed(BEGIN + 6 * MINUTE, { amount: 20_001 });
    await group.orders(0, much, placed(BEGIN + 7 * MINUTE, { amount: 20_001, currency: 'USD' }));
    await group.orders(1, ...series(4, MINUTE));
    expect(await told()).toEqual([]);
    await group.orders(2, placed(BEGIN + 5 * MINUTE), much);
    expect(await told()).toEqual([['amount_outlier', 'ada', 360]]);
    await group.orders(2, placed(BEGIN + 8 * MINUTE, { amount: 20_001 }));
    expect(await told()).toHaveLength(2);
  });

  it('between two late orders of a customer an order that was there: judged anew with both', async () => {
    const much = placed(BEGIN + 10 * MINUTE, { amount: 20_001 });
    await group.orders(0, ...series(3, MINUTE), much);
    await group.orders(
      1,
      placed(BEGIN + 4 * MINUTE),
      placed(BEGIN + 5 * MINUTE),
      placed(BEGIN + 11 * MINUTE),
    );
    expect(await told()).toEqual([['amount_outlier', 'ada', 600]]);
  });

  it('one address of five customers, written in five ways: told of the address, which stands nowhere', async () => {
    const emails = ['mallory@x.example', 'Mallory@x.example', 'MALLORY@x.example', 'mallorY@X.example'];
    await group.orders(
      0,
      ...emails.map((email, index) =>
        placed(BEGIN + index * MINUTE, { customer_id: `c-${index}`, contact: { email } }),
      ),
    );
    expect(await told()).toEqual([]);
    await group.orders(
      1,
      placed(BEGIN + 300 * MINUTE, { customer_id: 'c-9', contact: { email: 'mallory@x.Example' } }),
    );
    const [alert] = await alerts(warehouse);
    expect(alert?.payload).toMatchObject({
      subject_type: 'contact',
      evidence: { contact: 'm…@x.Example', customers: 5, customer_ids: ['c-0', 'c-1', 'c-2', 'c-3', 'c-9'] },
    });
    const dumped = await warehouse.rows(
      'SELECT to_json(m)::text FROM analytics.fraud_marks m UNION ALL SELECT to_json(s)::text FROM warehouse.fraud_suspicions s',
    );
    expect(JSON.stringify([dumped, alert])).not.toMatch(/mallory@/i);
  });

  it('a number its owner uses fifty times a day, and four others once: told all the same', async () => {
    const contact = { phone: '+4915112345678' };
    const own = Array.from({ length: 50 }, (_, index) => placed(BEGIN + index * 28 * MINUTE, { contact }));
    await group.orders(
      0,
      placed(BEGIN, { customer_id: 'c-1', contact }),
      placed(BEGIN, { customer_id: 'c-2', contact }),
    );
    await group.orders(1, ...own);
    await group.orders(0, placed(BEGIN + 1_000 * MINUTE, { customer_id: 'c-3', contact }));
    expect(await told()).toEqual([]);
    await group.orders(0, placed(BEGIN + 1_400 * MINUTE, { customer_id: 'c-4', contact }));
    expect(await alerts(warehouse)).toMatchObject([
      { payload: { rule: 'shared_contact', evidence: { contact: '+…78', kind: 'phone', customers: 5 } } },
    ]);
  });

  it('what is past its retention: forgotten; suspicions stay, and are not told again when everything is replayed', async () => {
    const orders = series(11, SECOND);
    const young = placed(BEGIN + 2 * DAY);
    await group.orders(0, ...orders, young);
    await group.payments(0, failed(placed(BEGIN), BEGIN));
    const settings = { ...readConfig({}).fraud, retentionMs: DAY };
    expect(await new FraudPurge(warehouse.connect(), settings).purge(BEGIN + 2 * DAY)).toBe(11 + 1);
    expect(await warehouse.rows('SELECT order_id FROM analytics.fraud_orders')).toEqual([
      { order_id: young.payload.order_id },
    ]);
    await new FraudGroup(warehouse).orders(7, ...orders.toReversed());
    expect(await told()).toHaveLength(1);
  });

  it('another order under a known id: refused as a conflict; the first stays', async () => {
    const first = placed(BEGIN);
    await group.orders(0, first);
    const other = { ...first, payload: { ...first.payload, customer_id: 'bob' } };
    await expect(group.orders(1, other)).rejects.toMatchObject({ code: 'conflict' });
    await group.orders(1, first);
    expect(await warehouse.rows('SELECT customer_id FROM analytics.fraud_orders')).toEqual([
      { customer_id: 'ada' },
    ]);
  });
});
