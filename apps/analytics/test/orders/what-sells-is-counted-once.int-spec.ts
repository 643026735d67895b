import { TestOrder } from '../support/order-events.ts';
import { Warehouse } from '../support/warehouse.ts';

const at = (time: string): string => `2026-06-13T${time}Z`;

describe('what sells', () => {
  let warehouse: Warehouse;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  beforeEach(() => warehouse.empty());
  afterAll(() => warehouse.close());

  const sales = () => warehouse.rows('SELECT * FROM warehouse.product_sales ORDER BY quarter_hour, sku');
  const row = (
    time: string,
    sku: string,
    confirmed: [number, number],
    cancelled: [number, number],
  ): object => ({
    quarter_hour: new Date(at(time)),
    sku,
    currency: 'EUR',
    pieces_confirmed: String(confirmed[0]),
    amount_confirmed: String(confirmed[1]),
    pieces_cancelled: String(cancelled[0]),
    amount_cancelled: String(cancelled[1]),
  });

  it.each([
    ['in order, one batch', ['created', 'confirmed', 'cancelled'], true],
    ['in order, one by one', ['created', 'confirmed', 'cancelled'], false],
    ['backwards, one by one', ['cancelled', 'confirmed', 'created'], false],
    ['with repetitions', ['confirmed', 'created', 'confirmed', 'created', 'cancelled', 'cancelled'], false],
  ] as const)(
    'created, confirmed and cancelled, %s: each counts once, in its quarter of an hour',
    async (_, steps, together) => {
      const order = new TestOrder();
      const times = {
        created: at('10:00:00.000'),
        confirmed: at('10:14:59.999'),
        cancelled: at('10:15:00.000'),
      };
      const events = steps.map((step) => order[step](times[step]));
      const partition = warehouse.partition();
      if (together) await partition.consume(...events);
      else for (const event of events) await partition.consume(event);
      expect(await sales()).toEqual([
        row('10:00:00.000', 'cup', [2, 2500], [0, 0]),
        row('10:00:00.000', 'saucer', [1, 300], [0, 0]),
        row('10:15:00.000', 'cup', [0, 0], [2, 2500]),
        row('10:15:00.000', 'saucer', [0, 0], [1, 300]),
      ]);
    },
  );

  it('an order that was only created, or rejected: nothing is sold', async () => {
    const rejected = new TestOrder();
    await warehouse.partition().consume(new TestOrder().created(), rejected.created(), rejected.rejected());
    expect(await sales()).toEqual([]);
  });
});
