import { uuidv7 } from '@orderstream/events';
import { DashboardQuery } from '../../src/dashboard/dashboard-query.ts';
import { TestOrder } from '../support/order-events.ts';
import { Warehouse } from '../support/warehouse.ts';

describe('what the dashboard reads', () => {
  let warehouse: Warehouse;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  beforeEach(() => warehouse.empty());
  afterAll(() => warehouse.close());

  const query = (timeZone = 'UTC') =>
    new DashboardQuery(warehouse.connect(), { timeZone, orderApiUrl: 'http://127.0.0.1:3000' });
  const agoMs = (ms: number): string => new Date(Date.now() - ms).toISOString();
  const MINUTE_MS = 60_000;
  const HOUR_MS = 60 * MINUTE_MS;

  it('nothing yet: zeros and empty lists', async () => {
    expect(await query().snapshot()).toMatchObject({
      time_zone: 'UTC',
      today: { orders: { created: 0, confirmed: 0, rejected: 0, paid: 0, cancelled: 0 }, revenue: [] },
      minutes: [],
      latest_orders: [],
    });
  });

  it('orders in two currencies: counts, sums as exact texts with their decimals, busiest first', async () => {
    const items = [{ sku: 'moon', quantity: 9_007, unit_amount: 1_000_000_000_000 }];
    const yen = [new TestOrder({ currency: 'JPY', items }), new TestOrder({ currency: 'JPY', items })];
    const dinar = new TestOrder({ currency: 'KWD' });
    await warehouse
      .partition()
      .consume(
        ...yen.flatMap((order) => [order.created(), order.confirmed()]),
        dinar.created(),
        dinar.rejected(),
      );
    const { today } = await query().snapshot();
    expect(today.orders).toEqual({ created: 3, confirmed: 2, rejected: 1, paid: 0, cancelled: 0 });
    expect(today.revenue).toEqual([
      {
        currency: 'JPY',
        minor_unit_digits: 0,
        amount_created: '18014000000000000',
        amount_confirmed: '18014000000000000',
        amount_paid: '0',
      },
      {
        currency: 'KWD',
        minor_unit_digits: 3,
        amount_created: '2800',
        amount_confirmed: '0',
        amount_paid: '0',
      },
    ]);
  });

  it('the day begins at midnight of the zone, not of UTC', async () => {
    // Fourteen hours ahead and eleven behind: at any moment it is another day in one of them than in the other.
    const east = await query('Pacific/Kiritimati').snapshot();
    const west = await query('Pacific/Pago_Pago').snapshot();
    const justBefore = (since: string): string => new Date(Date.parse(since) - 1).toISOString();
    await warehouse
      .partition()
      .consume(
        new TestOrder().created(east.today.since),
        new TestOrder().created(justBefore(east.today.since)),
        new TestOrder().created(west.today.since),
        new TestOrder().created(justBefore(west.today.since)),
      );
    const countedSince = async (since: string): Promise<number> => {
      const [row] = await warehouse.rows<{ orders: string }>(
        "SELECT count(*) AS orders FROM warehouse.orders WHERE created_at >= $1 AND created_at < $1::timestamptz + interval '1 day'",
        [since],
      );
      return Number(row?.orders);
    };
    for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      const { today } = await query(zone).snapshot();
      expect(today.orders.created).toBe(await countedSince(today.since));
      expect(new Date(today.since).toLocaleTimeString('en-GB', { timeZone: zone })).toBe('00:00:00');
    }
  });

  it('orders of this minute, of half an hour ago and of two hours ago: the first two are in the minutes', async () => {
    await warehouse
      .partition()
      .consume(
        new TestOrder().created(),
        new TestOrder().created(agoMs(30 * MINUTE_MS)),
        new TestOrder().created(agoMs(2 * HOUR_MS)),
      );
    const { minutes } = await query().snapshot();
    expect(minutes.map(({ created }) => created)).toEqual([1, 1]);
    expect(minutes.map(({ minute }) => minute)).toEqual(minutes.map(({ minute }) => minute).toSorted());
  });

  it('thirty orders: the twenty newest, newest first; one whose order.created is missing has the time of its id', async () => {
    const nowMs = Date.now();
    const orders = Array.from(
      { length: 29 },
      (_, index) => new TestOrder({ order_id: uuidv7(nowMs - 100 + index) }),
    );
    const incomplete = new TestOrder({ order_id: uuidv7(nowMs) });
    await warehouse.partition().consume(...orders.map((order) => order.created()), incomplete.confirmed());
    const { latest_orders: latest } = await query().snapshot();
    expect(latest.map(({ order_id }) => order_id)).toEqual(
      [...orders.map(({ id }) => id), incomplete.id].toReversed().slice(0, 20),
    );
    expect(latest[0]).toMatchObject({
      status: 'confirmed',
      customer_id: 'ada',
      amount_total: 2800,
      item_count: 2,
    });
    expect(latest[0]?.ordered_at).toBe(new Date(nowMs).toISOString());
  });

  it('an event of the year 0, which the contract lets pass: shown, not stumbled over', async () => {
    await warehouse.partition().consume(new TestOrder().created('0000-01-01T00:00:00.000Z'));
    const { latest_orders: latest } = await query().snapshot();
    expect(latest[0]?.ordered_at).toBe('0000-01-01T00:00:00.000Z');
  });

  it('a batch is committed, by whomever: another version', async () => {
    const dashboard = query();
    const before = await dashboard.version();
    await warehouse.partition().consume(new TestOrder().created());
    const after = await dashboard.version();
    expect(after.version).not.toBe(before.version);
  });
});
