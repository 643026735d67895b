import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newEvent, paymentFailed, paymentProcessed, userRegistered, uuidv7 } from '@orderstream/events';
import { TestOrder } from './support/order-events.ts';
import { Visit } from './support/visits.ts';
import { Warehouse } from './support/warehouse.ts';

describe('the queries of the README', () => {
  let warehouse: Warehouse;
  let queries: Map<string, string>;
  beforeAll(async () => {
    warehouse = await Warehouse.open();
    const [fulfilled, rejected, waiting] = [
      new TestOrder(),
      new TestOrder({ currency: 'JPY' }),
      new TestOrder(),
    ];
    await warehouse
      .partition()
      .consume(
        fulfilled.created('2026-06-13T22:30:00.000Z'),
        fulfilled.confirmed('2026-06-13T22:30:02.000Z'),
        rejected.created('2026-06-13T10:00:00.000Z'),
        rejected.rejected('2026-06-13T10:00:01.000Z'),
        waiting.created(),
      );
    const sold = new TestOrder();
    await warehouse.partition().consume(sold.created(), sold.confirmed());
    const [now, visit] = [new Date().toISOString(), new Visit('session-1')];
    await warehouse
      .webEvents()
      .consume(
        visit.page(now),
        visit.product(now),
        visit.product(now, 'plate'),
        visit.cart(now),
        new Visit('session-2').page(now),
      );
    const payment = {
      payment_id: 'p-1',
      order_id: sold.id,
      currency: 'EUR',
      amount: 2800,
      method: 'card' as const,
    };
    await warehouse
      .payments()
      .consume(
        newEvent(paymentFailed, { ...payment, failure_code: 'card_declined' }, { source: 'order-api' }),
        newEvent(paymentProcessed, payment, { source: 'order-api' }),
      );
    await warehouse
      .users()
      .consume(
        newEvent(
          userRegistered,
          { user_id: uuidv7(), email: 'ada@example.com', name: 'Ada' },
          { source: 'order-api' },
        ),
      );
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    queries = new Map(
      [...readme.matchAll(/^([^\n]+):\n\n```sql\n(.*?)```/gms)].map(([, title = '', sql = '']) => [
        title,
        sql,
      ]),
    );
  });
  afterAll(() => warehouse.close());

  const answer = (title: string): Promise<Record<string, unknown>[]> => {
    const found = [...queries].filter(([each]) => each.startsWith(title));
    expect(found).toHaveLength(1);
    return warehouse.rows(found[0]?.[1] ?? '');
  };

  it('are these eleven', () => expect(queries.size).toBe(11));

  it('revenue: on the day it was in that zone', async () => {
    expect(await answer('Revenue by day')).toContainEqual({
      day: new Date(2026, 5, 14),
      currency: 'EUR',
      orders: '1',
      revenue: '28.00',
    });
  });

  it('best sellers: of orders that were confirmed', async () => {
    expect(await answer('What sells best')).toEqual([
      { sku: 'cup', currency: 'EUR', pieces: '4', amount: '5000' },
      { sku: 'saucer', currency: 'EUR', pieces: '2', amount: '600' },
    ]);
  });

  it('waiting times: half a ruling took a second, the slowest two', async () => {
    const [row] = await warehouse.rows<{ text: string }>(
      `SELECT p50_p99::text AS text FROM (${[...queries].find(([title]) => title.startsWith('How long'))?.[1].replace(/;\s*$/, '')}) AS asked`,
    );
    expect(row?.text).toBe('{00:00:01,00:00:02}');
  });

  it('orders without a ruling: the one that waits', async () => {
    expect(await answer('Orders of the last 24 hours')).toEqual([
      expect.objectContaining({ customer_id: 'ada' }),
    ]);
  });

  it('funnel: today’s two visits, of which one went as far as the cart', async () => {
    expect(await answer('How far today')).toEqual([
      { sessions: '2', viewed: '1', added_to_cart: '1', checked_out: '0', purchased: '0' },
    ]);
  });

  it('top products: what sold today first, then what was looked at', async () => {
    expect(await answer('Today’s top products')).toEqual([
      { sku: 'cup', pieces_sold: '2', views: '1', cart_adds: '1' },
      { sku: 'saucer', pieces_sold: '1', views: '0', cart_adds: '0' },
      { sku: 'plate', pieces_sold: '0', views: '1', cart_adds: '0' },
    ]);
  });

  it('web events, payments and registrations: those of now', async () => {
    expect(await answer('Web events per minute')).toEqual([
      expect.objectContaining({ event_type: 'cart.item_added', events: '1' }),
      expect.objectContaining({ event_type: 'page.viewed', events: '2' }),
      expect.objectContaining({ event_type: 'product.viewed', events: '2' }),
    ]);
    expect(await answer('How payments went')).toEqual([
      { currency: 'EUR', succeeded: '1', failed: '1', amount_succeeded: '2800' },
    ]);
    expect(await answer('Who registered')).toEqual([{ registered: '1' }]);
  });

  it('one visitor: what they did, in its order', async () => {
    const events = await answer('What one visitor did');
    expect(events).toHaveLength(4);
    expect(events).toContainEqual(expect.objectContaining({ event_type: 'product.viewed', what: 'plate' }));
  });

  it('rollup against orders: no difference', async () => {
    expect(await answer('Whether the rollup')).toEqual([]);
  });

  it('every table and column of the warehouse has a comment', async () => {
    expect(
      await warehouse.rows(`
        SELECT attrelid::regclass AS "table", attname AS "column" FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'warehouse'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT relispartition
          AND col_description(attrelid, attnum) IS NULL AND NOT attisdropped
        UNION ALL
        SELECT oid::regclass, NULL FROM pg_class
        WHERE relnamespace = 'warehouse'::regnamespace AND relkind IN ('r', 'p') AND obj_description(oid) IS NULL`),
    ).toEqual([]);
  });
});
