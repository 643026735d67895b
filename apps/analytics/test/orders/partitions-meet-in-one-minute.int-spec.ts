import { TestOrder } from '../support/order-events.ts';
import { Warehouse } from '../support/warehouse.ts';

const CURRENCIES = ['EUR', 'USD', 'JPY', 'CHF'];
const BATCHES = 12;
const PER_BATCH = 40;

describe('partitions consumed side by side', () => {
  let warehouse: Warehouse;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  beforeEach(() => warehouse.empty());
  afterAll(() => warehouse.close());

  it('their batches fall into the same minutes and currencies, in opposite orders: no deadlock, and every order counts once', async () => {
    const minutes = ['2026-06-13T10:00:00.000Z', '2026-06-13T10:01:00.000Z', '2026-06-13T10:02:00.000Z'];
    const connection = warehouse.connect();
    const lanes = [0, 1, 2].map((lane) => ({
      partition: warehouse.partition(connection),
      isReversed: lane === 1,
    }));
    const batch = (isReversed: boolean) => {
      const events = Array.from({ length: PER_BATCH }, (_, index) => {
        const order = new TestOrder({ currency: CURRENCIES[index % CURRENCIES.length] ?? 'EUR' });
        const at = minutes[index % minutes.length];
        return [order.created(at), order.confirmed(at)];
      }).flat();
      return isReversed ? events.reverse() : events;
    };
    await Promise.all(
      lanes.map(async ({ partition, isReversed }) => {
        for (let count = 0; count < BATCHES; count += 1) await partition.consume(...batch(isReversed));
      }),
    );
    const { kept, counted } = await warehouse.rollups();
    expect(kept).toEqual(counted);
    expect(
      await warehouse.rows(
        'SELECT sum(orders_created) AS created, sum(orders_confirmed) AS confirmed FROM warehouse.revenue_per_minute',
      ),
    ).toEqual([{ created: String(3 * BATCHES * PER_BATCH), confirmed: String(3 * BATCHES * PER_BATCH) }]);
  });

  it('the same orders arrive in two partitions at the same time: each is counted once', async () => {
    const orders = Array.from({ length: 200 }, () => new TestOrder());
    const events = orders.flatMap((order) => [order.created(), order.confirmed()]);
    const [one, other] = [warehouse.partition(), warehouse.partition()];
    await Promise.all([one.consume(...events), other.consume(...events.toReversed())]);
    const { kept, counted } = await warehouse.rollups();
    expect(kept).toEqual(counted);
    expect(await warehouse.rows('SELECT count(*) AS orders FROM warehouse.orders')).toEqual([
      { orders: '200' },
    ]);
    expect(await warehouse.rows('SELECT count(*) AS lines FROM warehouse.order_items')).toEqual([
      { lines: '400' },
    ]);
  });
});
