import { TestOrder } from '../support/order-events.ts';
import { Warehouse, type Partition } from '../support/warehouse.ts';

const CREATED = '2026-06-13T10:00:10.000Z';
const CONFIRMED = '2026-06-13T10:01:05.250Z';
const PAID = '2026-06-13T10:03:00.000Z';

describe('orders in the warehouse', () => {
  let warehouse: Warehouse;
  let partition: Partition;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  beforeEach(async () => {
    await warehouse.empty();
    partition = warehouse.partition();
  });
  afterAll(() => warehouse.close());

  const orders = () =>
    warehouse.rows<Record<string, unknown>>('SELECT * FROM warehouse.orders ORDER BY order_id');
  const expectCounted = async (minutes: object[]): Promise<void> => {
    const { kept, counted } = await warehouse.rollups();
    expect(kept).toEqual(counted);
    expect(kept).toEqual(minutes.map((minute) => expect.objectContaining(minute) as object));
  };

  it('an order created, confirmed and paid: one row with each time, its lines, and each step in its own minute', async () => {
    const order = new TestOrder();
    await partition.consume(order.created(CREATED));
    await partition.consume(order.confirmed(CONFIRMED), order.paid(PAID));
    expect(await orders()).toEqual([
      {
        order_id: order.id,
        customer_id: 'ada',
        currency: 'EUR',
        amount_total: '2800',
        item_count: 2,
        status: 'paid',
        created_at: new Date(CREATED),
        confirmed_at: new Date(CONFIRMED),
        rejected_at: null,
        paid_at: new Date(PAID),
        cancelled_at: null,
      },
    ]);
    expect(await warehouse.rows('SELECT * FROM warehouse.order_items ORDER BY line')).toEqual([
      { order_id: order.id, line: 1, sku: 'cup', quantity: 2, unit_amount: '1250', amount: '2500' },
      { order_id: order.id, line: 2, sku: 'saucer', quantity: 1, unit_amount: '300', amount: '300' },
    ]);
    await expectCounted([
      {
        minute: new Date('2026-06-13T10:00Z'),
        currency: 'EUR',
        orders_created: '1',
        orders_confirmed: '0',
        orders_paid: '0',
        amount_created: '2800',
        amount_confirmed: '0',
        amount_paid: '0',
      },
      {
        minute: new Date('2026-06-13T10:01Z'),
        orders_created: '0',
        orders_confirmed: '1',
        amount_confirmed: '2800',
      },
      { minute: new Date('2026-06-13T10:03Z'), orders_paid: '1', amount_paid: '2800' },
    ]);
  });

  it('the same events at other offsets, in the same batch, in another one, in another partition: nothing counts twice', async () => {
    const order = new TestOrder();
    const [created, confirmed] = [order.created(CREATED), order.confirmed(CONFIRMED)];
    await partition.consume(created, created, confirmed);
    await partition.consume(confirmed, created);
    await warehouse.partition().consume(created, confirmed);
    expect(await orders()).toHaveLength(1);
    expect(await warehouse.rows('SELECT line FROM warehouse.order_items')).toHaveLength(2);
    await expectCounted([
      { orders_created: '1', amount_created: '2800', orders_confirmed: '0' },
      { orders_created: '0', orders_confirmed: '1', amount_confirmed: '2800' },
    ]);
  });

  it('a step told again with another time: the first one stays', async () => {
    const order = new TestOrder();
    await partition.consume(order.created(CREATED), order.confirmed(CONFIRMED));
    await partition.consume(order.confirmed(PAID));
    expect(await orders()).toEqual([expect.objectContaining({ confirmed_at: new Date(CONFIRMED) })]);
    await expectCounted([{ orders_created: '1' }, { orders_confirmed: '1' }]);
  });

  it('order.created never arrives: the row is made of what confirmed repeats, and completed should it come after all', async () => {
    const order = new TestOrder();
    await partition.consume(order.confirmed(CONFIRMED));
    expect(await orders()).toEqual([
      expect.objectContaining({
        order_id: order.id,
        customer_id: 'ada',
        amount_total: '2800',
        item_count: 2,
        status: 'confirmed',
        created_at: null,
      }),
    ]);
    await expectCounted([{ orders_created: '0', orders_confirmed: '1', amount_confirmed: '2800' }]);

    await partition.consume(order.created(CREATED));
    expect(await orders()).toEqual([
      expect.objectContaining({
        status: 'confirmed',
        created_at: new Date(CREATED),
        confirmed_at: new Date(CONFIRMED),
      }),
    ]);
    expect(await warehouse.rows('SELECT line FROM warehouse.order_items')).toHaveLength(2);
    await expectCounted([
      { orders_created: '1', orders_confirmed: '0' },
      { orders_created: '0', orders_confirmed: '1' },
    ]);
  });

  it.each([
    ['cancelled', ['cancelled', 'paid', 'confirmed', 'created']],
    ['paid', ['paid', 'created', 'confirmed']],
    ['rejected', ['rejected', 'created']],
  ] as const)(
    'events that arrive backwards, each in a batch of its own: the status is %s from the first one on',
    async (status, steps) => {
      const order = new TestOrder();
      for (const step of steps) {
        await partition.consume(order[step]());
        expect(await orders()).toEqual([expect.objectContaining({ status })]);
      }
      await expectCounted((await warehouse.rollups()).counted);
    },
  );

  it('an event of yesterday that arrives today: counted yesterday', async () => {
    const late = new TestOrder();
    const punctual = new TestOrder({ currency: 'JPY' });
    await partition.consume(
      punctual.created('2026-06-14T00:00:00.000Z'),
      late.created('2026-06-13T23:59:59.999Z'),
    );
    await expectCounted([
      { minute: new Date('2026-06-13T23:59Z'), currency: 'EUR', orders_created: '1' },
      { minute: new Date('2026-06-14T00:00Z'), currency: 'JPY', orders_created: '1' },
    ]);
  });

  it('an order.created that tells another order under a known id: refused as a conflict, the first stays as it was', async () => {
    const order = new TestOrder();
    await partition.consume(order.created(CREATED));
    const other = new TestOrder({
      order_id: order.id,
      items: [{ sku: 'cup', quantity: 1, unit_amount: 2800 }],
    });
    const sameSum = new TestOrder({
      order_id: order.id,
      items: [
        { sku: 'cup', quantity: 1, unit_amount: 2500 },
        { sku: 'saucer', quantity: 1, unit_amount: 300 },
      ],
    });
    await expect(partition.consume(other.created(CREATED))).rejects.toMatchObject({ code: 'conflict' });
    await expect(warehouse.partition().consume(sameSum.created(CREATED))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await orders()).toEqual([expect.objectContaining({ item_count: 2, amount_total: '2800' })]);
    await expectCounted([{ orders_created: '1', amount_created: '2800' }]);
  });

  it('a thousand and more orders of the largest total in one minute: the sums are exact', async () => {
    const items = [{ sku: 'moon', quantity: 9_007, unit_amount: 1_000_000_000_000 }];
    const events = Array.from({ length: 1_200 }, () => new TestOrder({ items }).created(CREATED));
    await partition.consume(...events);
    await expectCounted([
      { orders_created: '1200', amount_created: (9_007_000_000_000_000n * 1_200n).toString() },
    ]);
  });

  it('killed before the commit, then started again: the batch counts once; delivered once more: not at all', async () => {
    const events = [new TestOrder(), new TestOrder()].map((order) => order.created(CREATED));
    const run = partition.next(events);
    await warehouse.rows(`
      CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
      CREATE TRIGGER die AFTER INSERT ON warehouse.revenue_per_minute EXECUTE FUNCTION die()`);
    await expect(partition.apply(run)).rejects.toMatchObject({ name: 'TransientError' });
    expect(await orders()).toEqual([]);
    await warehouse.rows('DROP TRIGGER die ON warehouse.revenue_per_minute');
    expect(await partition.apply(run)).toBe('applied');
    expect(await partition.apply(run)).toBe('moved-on');
    await expectCounted([{ orders_created: '2' }]);
  });
});
