import { offsetOf, received, type HandleEvents, type ReceivedEvent } from '@orderstream/events';
import { purgeInbox, type Database, type PostgresEffects } from '../src/index.ts';
import { newPartition, positionIn, openShop, orderCreatedAt, type Shop } from './fixture.ts';

describe("dedupe: 'event-id'", () => {
  let shop: Shop;
  let database: Database;
  let effects: PostgresEffects;
  let handled: number[];
  const handle: HandleEvents = async (events) => void handled.push(...events.map(offsetOf));

  beforeAll(async () => {
    shop = await openShop();
    database = shop.connect();
    effects = shop.effects(database);
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    handled = [];
  });

  /** The same event once more, at another offset: what a producer's retry or a relay's crash leaves behind. */
  const copyOf = (event: ReceivedEvent, offset: number) =>
    received({ ...event }, { offset, traceparent: undefined });

  const apply = (partition: ReturnType<typeof newPartition>, events: ReceivedEvent[]) =>
    effects.apply(
      {
        ...partition,
        firstOffset: offsetOf(events[0] as ReceivedEvent),
        nextOffset: offsetOf(events.at(-1) as ReceivedEvent) + 1,
        events,
        dedupe: 'event-id',
      },
      handle,
    );

  it('copies at other offsets, in the same batch and in a later one: handled once', async () => {
    const partition = newPartition();
    const [a, b] = [orderCreatedAt(0), orderCreatedAt(1)];
    await apply(partition, [a, b, copyOf(a, 2)]);
    await apply(partition, [copyOf(b, 3), orderCreatedAt(4)]);
    expect(handled).toEqual([0, 1, 4]);
    expect(await positionIn(effects, partition)).toBe(5);
  });

  it('only copies: the handler is not called, the position moves', async () => {
    const partition = newPartition();
    const event = orderCreatedAt(0);
    await apply(partition, [event]);
    expect(await apply(partition, [copyOf(event, 1)])).toEqual({ kind: 'applied' });
    expect(handled).toEqual([0]);
    expect(await positionIn(effects, partition)).toBe(2);
  });

  it('the handler fails: the id is not remembered, the next attempt handles it', async () => {
    const partition = newPartition();
    const event = orderCreatedAt(0);
    const failing = effects.apply(
      { ...partition, firstOffset: 0, nextOffset: 1, events: [event], dedupe: 'event-id' },
      async () => {
        throw new Error('no');
      },
    );
    await expect(failing).rejects.toThrow('no');
    await apply(partition, [event]);
    expect(handled).toEqual([0]);
  });

  it('every group has an inbox of its own', async () => {
    const event = orderCreatedAt(0);
    await apply({ ...newPartition(), group: 'worker' }, [event]);
    await apply({ ...newPartition(), group: 'fraud' }, [event]);
    expect(handled).toEqual([0, 0]);
  });

  it('purge: forgets what is older than the retention, also when it is more than a chunk, and nothing younger', async () => {
    await shop.rows('TRUNCATE shop.inbox');
    await shop.rows(`
      INSERT INTO shop.inbox (consumer_group, event_id, received_at)
      SELECT 'worker', gen_random_uuid(), now() - make_interval(days => CASE WHEN i <= 6000 THEN 31 ELSE 29 END)
      FROM generate_series(1, 6010) i`);
    expect(await purgeInbox(database, 30)).toBe(6_000);
    expect(await shop.rows('SELECT count(*)::int AS left FROM shop.inbox')).toEqual([{ left: 10 }]);
  });
});
