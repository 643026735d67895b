import { Logger } from '@nestjs/common';
import { DayKeeper } from '../../src/web-events/day-keeper.ts';
import { WebEventDays } from '../../src/web-events/web-event-days.ts';
import { WebEventStore } from '../../src/web-events/web-event-store.ts';
import { Visit } from '../support/visits.ts';
import { Warehouse } from '../support/warehouse.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.parse('2026-06-13T10:00:00.000Z');

describe('the days of web events', () => {
  let warehouse: Warehouse;
  let days: WebEventDays;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    warehouse = await Warehouse.open();
    days = new WebEventDays(warehouse.connect());
  });
  afterAll(() => warehouse.close());

  const where = () =>
    warehouse.rows<{ place: string; events: number }>(
      'SELECT tableoid::regclass::text AS place, count(*)::int AS events FROM warehouse.web_events GROUP BY 1 ORDER BY 1',
    );

  it('events before their day has a partition: moved into it, counted no second time; years off: all in one place', async () => {
    const partition = warehouse.webEvents();
    const events = [
      '2026-06-13T09:00:00.000Z',
      '2026-06-12T23:59:59.999Z',
      '2019-01-01T00:00:00.000Z',
      '2050-01-01T00:00:00.000Z',
    ].map((time) => new Visit('s1').page(time));
    await partition.consume(...events);
    expect(await where()).toEqual([{ place: 'warehouse.web_events_other_days', events: 4 }]);

    expect(await days.add(NOW)).toHaveLength(18);
    expect(await days.add(NOW)).toEqual([]);
    const expected = [
      { place: 'warehouse.web_events_2026_06_12', events: 1 },
      { place: 'warehouse.web_events_2026_06_13', events: 1 },
      { place: 'warehouse.web_events_other_days', events: 2 },
    ];
    expect(await where()).toEqual(expected);

    await partition.consume(...events);
    expect(await where()).toEqual(expected);
    expect(await warehouse.rows('SELECT event_count::int FROM warehouse.sessions')).toEqual([
      { event_count: 4 },
    ]);
  });

  it('events on their way while their day gets its partition: none is refused, all are in it', async () => {
    const later = NOW + 30 * DAY_MS;
    // The very next day that is added is the events' own.
    await days.add(later - 3 * DAY_MS);
    const time = new Date(later).toISOString();
    const [first, second] = [new Visit('s2').page(time), new Visit('s3').page(time)];
    const writer = warehouse.connect();
    const store = new WebEventStore();
    let adding: Promise<string[]> | undefined;
    let writing: Promise<void> | undefined;
    await writer.transaction(async (tx) => {
      await store.merge(tx, [first]);
      adding = days.add(later);
      await warehouse.untilWaiting(1);
      writing = warehouse.webEvents().consume(second);
      await warehouse.untilWaiting(2);
    });
    await Promise.all([adding, writing]);
    expect(await where()).toContainEqual({
      place: `warehouse.web_events_${time.slice(0, 10).replaceAll('-', '_')}`,
      events: 2,
    });
    await warehouse.rows('DELETE FROM warehouse.web_events WHERE occurred_at = $1', [time]);
  });

  it('two instances at once: each day is added once', async () => {
    const others = [days, new WebEventDays(warehouse.connect())];
    const added = await Promise.all(others.map((each) => each.add(NOW + 5 * DAY_MS)));
    expect(new Set(added.flat())).toEqual(
      new Set(['2026-06-16', '2026-06-17', '2026-06-18', '2026-06-19', '2026-06-20']),
    );
  });

  it('past the retention: days, what has no day, and visits are gone; what was counted stays', async () => {
    const keeper = new DayKeeper(days, 20 * DAY_MS);
    await keeper.keep(NOW + 20 * DAY_MS);
    expect(await where()).toEqual([
      { place: 'warehouse.web_events_2026_06_13', events: 1 },
      { place: 'warehouse.web_events_other_days', events: 1 },
    ]);
    await keeper.keep(Date.parse('2050-02-01T00:00:00.000Z'));
    expect(await where()).toEqual([]);
    expect(await warehouse.rows('SELECT session_id FROM warehouse.sessions')).toEqual([]);
    expect(
      await warehouse.rows('SELECT sum(events)::int AS events FROM warehouse.web_events_per_minute'),
    ).toEqual([{ events: 6 }]);
  });
});
