import { Visit } from '../support/visits.ts';
import { Warehouse, type Partition } from '../support/warehouse.ts';
import type { WebEvent } from '../../src/web-events/web-event-row.rules.ts';

const at = (time: string): string => `2026-06-13T${time}Z`;

describe('visits in the warehouse', () => {
  let warehouse: Warehouse;
  let partition: Partition<WebEvent>;
  beforeAll(async () => (warehouse = await Warehouse.open()));
  beforeEach(async () => {
    await warehouse.empty();
    partition = warehouse.webEvents();
  });
  afterAll(() => warehouse.close());

  const funnel = () =>
    warehouse.rows(
      `SELECT minute, sessions::int, viewed::int, added_to_cart::int, checked_out::int, purchased::int
       FROM warehouse.funnel_per_minute WHERE sessions <> 0 ORDER BY minute`,
    );
  const sessions = () => warehouse.rows('SELECT * FROM warehouse.sessions ORDER BY session_id');

  it('a visit that buys: one session with each first time, counted for each step in the minute it began', async () => {
    const visit = new Visit('s1');
    await partition.consume(visit.page(at('10:00:10.000')), visit.click(at('10:00:20.000')));
    await partition.consume(visit.product(at('10:01:00.000')), visit.product(at('10:02:00.000'), 'saucer'));
    const known = new Visit('s1', 'ada');
    await partition.consume(
      known.cart(at('10:03:00.000')),
      known.checkout(at('10:04:00.000')),
      known.purchase(at('10:05:00.000')),
    );
    expect(await sessions()).toEqual([
      {
        session_id: 's1',
        user_id: 'ada',
        started_at: new Date(at('10:00:10.000')),
        ended_at: new Date(at('10:05:00.000')),
        event_count: '7',
        page_views: '1',
        product_viewed_at: new Date(at('10:01:00.000')),
        cart_item_added_at: new Date(at('10:03:00.000')),
        checkout_started_at: new Date(at('10:04:00.000')),
        purchase_completed_at: new Date(at('10:05:00.000')),
      },
    ]);
    expect(await funnel()).toEqual([
      {
        minute: new Date(at('10:00:00.000')),
        sessions: 1,
        viewed: 1,
        added_to_cart: 1,
        checked_out: 1,
        purchased: 1,
      },
    ]);
    expect(await warehouse.rows('SELECT * FROM warehouse.product_interest ORDER BY sku')).toEqual([
      {
        quarter_hour: new Date(at('10:00:00.000')),
        sku: 'cup',
        views: '1',
        cart_adds: '1',
        pieces_added: '2',
      },
      {
        quarter_hour: new Date(at('10:00:00.000')),
        sku: 'saucer',
        views: '1',
        cart_adds: '0',
        pieces_added: '0',
      },
    ]);
    await expectRollupsToAddUp(warehouse);
  });

  it('the same event a thousand times, in one batch, in others and in other partitions: it counts once', async () => {
    const event = new Visit('s1').cart(at('10:00:00.000'));
    await partition.consume(...Array.from({ length: 500 }, () => event));
    await partition.consume(...Array.from({ length: 400 }, () => event));
    await warehouse.webEvents().consume(...Array.from({ length: 100 }, () => event));
    expect(await sessions()).toEqual([expect.objectContaining({ event_count: '1' })]);
    expect(await warehouse.rows('SELECT events::int FROM warehouse.web_events_per_minute')).toEqual([
      { events: 1 },
    ]);
    expect(await warehouse.rows('SELECT pieces_added::int FROM warehouse.product_interest')).toEqual([
      { pieces_added: 2 },
    ]);
    await expectRollupsToAddUp(warehouse);
  });

  it('an earlier event that arrives late: the visit moves to the minute in which it began, with every step it counts for', async () => {
    const visit = new Visit('s1');
    await partition.consume(visit.product(at('10:05:00.000')), visit.cart(at('10:06:00.000')));
    await partition.consume(new Visit('s2').page(at('10:05:30.000')));
    await partition.consume(visit.page(at('09:58:00.000')));
    const row = { checked_out: 0, purchased: 0 };
    expect(await funnel()).toEqual([
      { minute: new Date(at('09:58:00.000')), sessions: 1, viewed: 1, added_to_cart: 1, ...row },
      { minute: new Date(at('10:05:00.000')), sessions: 1, viewed: 0, added_to_cart: 0, ...row },
    ]);
    await expectRollupsToAddUp(warehouse);
  });

  it('events backwards, one batch each: the same rows as forwards', async () => {
    const visit = new Visit('s1', 'ada');
    const events = [
      visit.page(at('10:00:00.000')),
      visit.product(at('10:01:00.000')),
      visit.cart(at('10:02:00.000')),
      visit.checkout(at('10:16:00.000')),
      visit.purchase(at('23:59:59.999')),
    ];
    await partition.consume(...events);
    const forwards = [await sessions(), await funnel()];
    await warehouse.empty();
    const backwards = warehouse.webEvents();
    for (const event of events.toReversed()) await backwards.consume(event);
    expect([await sessions(), await funnel()]).toEqual(forwards);
    await expectRollupsToAddUp(warehouse);
  });

  it('a clock that is a year off: the event counts when it was collected, and what the clock told is kept', async () => {
    const visit = new Visit('s1');
    const now = at('10:00:30.000');
    await partition.consume(
      visit.product('2025-06-13T10:00:00.000Z', 'cup', now),
      visit.product('2027-06-13T10:00:00.000Z', 'cup', now),
      visit.product('2026-06-06T10:00:30.000Z', 'saucer', now),
    );
    expect(
      await warehouse.rows('SELECT occurred_at, told_at FROM warehouse.web_events ORDER BY told_at'),
    ).toEqual([
      { occurred_at: new Date(now), told_at: new Date('2025-06-13T10:00:00.000Z') },
      { occurred_at: new Date(now), told_at: new Date('2027-06-13T10:00:00.000Z') },
      { occurred_at: new Date('2026-06-06T10:00:30.000Z'), told_at: null },
    ]);
    expect(await funnel()).toEqual([
      expect.objectContaining({ minute: new Date('2026-06-06T10:00:00.000Z'), sessions: 1, viewed: 1 }),
    ]);
    await expectRollupsToAddUp(warehouse);
  });

  it('a visit of 100,000 events: one session row, exact numbers', async () => {
    const visit = new Visit('s1');
    for (let batch = 0; batch < 200; batch += 1) {
      await partition.consume(
        ...Array.from({ length: 500 }, (_, index) =>
          visit.product(
            new Date(Date.UTC(2026, 5, 13, 10) + (batch * 500 + index) * 10).toISOString(),
            `sku-${index}`,
          ),
        ),
      );
    }
    expect(await sessions()).toEqual([expect.objectContaining({ session_id: 's1', event_count: '100000' })]);
    await expectRollupsToAddUp(warehouse);
  });
});

/** Each rollup equals what is counted anew out of what it is a rollup of. */
async function expectRollupsToAddUp(warehouse: Warehouse): Promise<void> {
  const difference = (one: string, other: string): Promise<object[]> =>
    warehouse.rows(`(${one} EXCEPT ALL ${other}) UNION ALL (${other} EXCEPT ALL ${one})`);
  expect(
    await difference(
      'SELECT minute, sessions, viewed, added_to_cart, checked_out, purchased FROM warehouse.funnel_per_minute WHERE sessions <> 0',
      `SELECT date_trunc('minute', started_at), count(*), count(product_viewed_at), count(cart_item_added_at), count(checkout_started_at),
              count(purchase_completed_at) FROM warehouse.sessions GROUP BY 1`,
    ),
  ).toEqual([]);
  expect(
    await difference(
      'SELECT minute, event_type, events FROM warehouse.web_events_per_minute',
      `SELECT date_trunc('minute', occurred_at), event_type, count(*) FROM warehouse.web_events GROUP BY 1, 2`,
    ),
  ).toEqual([]);
  expect(
    await difference(
      'SELECT quarter_hour, sku, views, cart_adds, pieces_added::numeric FROM warehouse.product_interest',
      `SELECT date_bin('15 minutes', occurred_at, 'epoch'), sku, count(*) FILTER (WHERE event_type = 'product.viewed'), count(quantity),
              coalesce(sum(quantity), 0)::numeric FROM warehouse.web_events WHERE sku IS NOT NULL GROUP BY 1, 2`,
    ),
  ).toEqual([]);
  expect(
    await difference(
      'SELECT session_id, started_at, ended_at, event_count, page_views FROM warehouse.sessions',
      `SELECT session_id, min(occurred_at), max(occurred_at), count(*), count(*) FILTER (WHERE event_type = 'page.viewed')
       FROM warehouse.web_events GROUP BY 1`,
    ),
  ).toEqual([]);
}
