import { Logger } from '@nestjs/common';
import { EventServer } from '@orderstream/events/nest';
import { eventually } from '@orderstream/testing';
import { Compile } from 'typebox/compile';
import { DashboardFeed, type DashboardMessage } from '../../src/dashboard/dashboard-feed.ts';
import { DashboardQuery } from '../../src/dashboard/dashboard-query.ts';
import { httpInterface } from '../../src/dashboard/dashboard.openapi.ts';
import { Intake } from '../../src/dashboard/intake.ts';
import type { DashboardSnapshot } from '../../src/dashboard/page/snapshot.ts';
import { PanelsQuery } from '../../src/dashboard/panels-query.ts';
import { SnapshotSource } from '../../src/dashboard/snapshot-source.ts';
import { WarehouseNews } from '../../src/warehouse/warehouse-news.ts';
import { TestOrder } from '../support/order-events.ts';
import { Warehouse } from '../support/warehouse.ts';

/** The real query, counted. */
class CountedQuery extends DashboardQuery {
  snapshots = 0;
  versions = 0;

  override snapshot() {
    this.snapshots += 1;
    return super.snapshot();
  }

  override version() {
    this.versions += 1;
    return super.version();
  }
}

describe('the feed', () => {
  let warehouse: Warehouse;
  let query: CountedQuery;
  let news: WarehouseNews;
  let feed: DashboardFeed;
  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  beforeAll(async () => (warehouse = await Warehouse.open()));
  beforeEach(async () => {
    await warehouse.empty();
    const database = warehouse.connect();
    const settings = { timeZone: 'UTC', orderApiUrl: '' };
    query = new CountedQuery(database, settings);
    news = new WarehouseNews();
    const server = new EventServer({ group: 'analytics' } as never);
    const panels = new PanelsQuery(database, settings);
    feed = new DashboardFeed(new SnapshotSource(query, panels, new Intake(server)), news);
  });
  afterEach(() => feed.onModuleDestroy());
  afterAll(() => warehouse.close());

  /** A viewer, and the snapshots he was sent. */
  const watch = () => {
    const messages: DashboardMessage[] = [];
    const end = feed.watch((message) => messages.push(message));
    const snapshots = (): DashboardSnapshot[] =>
      messages.flatMap((message) => (message.event === 'snapshot' ? [message.data] : []));
    return { messages, snapshots, end };
  };
  const created = (snapshot: DashboardSnapshot | undefined): number => snapshot?.today.orders.created ?? -1;

  it('nobody watches: the database is not asked, whatever is committed', async () => {
    const viewer = watch();
    await eventually(() => expect(viewer.snapshots()).toHaveLength(1));
    viewer.end();
    const asked = query.versions;
    for (let count = 0; count < 50; count += 1) news.tell();
    const later = watch();
    await eventually(() => expect(later.snapshots()).toHaveLength(1));
    expect(query.versions).toBe(asked + 1);
  });

  it('a storm of commits with three viewers: all see the last state, one query a push, at most four pushes a second', async () => {
    const viewers = [watch(), watch(), watch()];
    const partition = warehouse.partition();
    const startedAtMs = performance.now();
    for (let batch = 0; batch < 30; batch += 1) {
      await partition.consume(new TestOrder().created());
      news.tell();
    }
    for (const { snapshots } of viewers) await eventually(() => expect(created(snapshots().at(-1))).toBe(30));
    const seconds = (performance.now() - startedAtMs) / 1000;
    const [pushes] = new Set(viewers.map(({ snapshots }) => snapshots().length));
    expect(query.snapshots).toBe(pushes);
    expect(pushes).toBeLessThanOrEqual(1 + Math.ceil(seconds * 4));
    expect(pushes).toBeGreaterThan(1);
  });

  it('another instance commits and nothing is said here: seen within a second or so all the same', async () => {
    const viewer = watch();
    await eventually(() => expect(viewer.snapshots()).toHaveLength(1));
    const partition = warehouse.partition();
    const times: number[] = [];
    for (let count = 1; count <= 3; count += 1) {
      await partition.consume(new TestOrder().created());
      const committedAtMs = performance.now();
      await eventually(() => expect(created(viewer.snapshots().at(-1))).toBe(count));
      times.push(performance.now() - committedAtMs);
    }
    // After a slow read the feed rests for up to 5 s.
    expect(Math.min(...times)).toBeLessThan(3_000);
  }, 120_000);

  it('nothing happens: the viewer is told that all is current, without a new snapshot', async () => {
    const viewer = watch();
    await eventually(() =>
      expect(viewer.messages.filter(({ event }) => event === 'current').length).toBeGreaterThan(1),
    );
    // A minute may have begun meanwhile, which is news.
    expect(viewer.snapshots().length).toBeLessThanOrEqual(2);
  });

  it('the database is away: the viewer is told, and gets a snapshot as soon as it is back', async () => {
    const viewer = watch();
    await eventually(() => expect(viewer.snapshots()).toHaveLength(1));
    await warehouse.rows('ALTER TABLE warehouse.revenue_per_minute RENAME TO gone');
    news.tell();
    await eventually(() => expect(viewer.messages.at(-1)?.event).toBe('trouble'));
    await warehouse.rows('ALTER TABLE warehouse.gone RENAME TO revenue_per_minute');
    await eventually(() => expect(viewer.messages.at(-1)?.event).not.toBe('trouble'));
    expect(viewer.snapshots().length).toBeGreaterThanOrEqual(2);
  });

  it('what a viewer gets: as the OpenAPI document describes it, member for member', async () => {
    await warehouse.partition().consume(new TestOrder().created());
    const snapshot = await feed.current();
    const { DashboardSnapshot: described } = httpInterface.schemas;
    expect(Object.keys(snapshot).sort()).toEqual(Object.keys(described.properties).sort());
    expect(Compile(described).Errors(JSON.parse(JSON.stringify(snapshot)))).toEqual([]);
  });

  it('many ask at once for the state: they share one query', async () => {
    const states = await Promise.all(Array.from({ length: 20 }, () => feed.current()));
    expect(new Set(states).size).toBe(1);
    expect(query.snapshots).toBe(1);
  });
});
