import { uuidv7 } from '@orderstream/events';
import { testDatabase, type TestDatabase } from '@orderstream/testing';
import { Database, migrate } from '@orderstream/transactional';
import { migrations } from '#migrations';
import { OrderStore } from '../../src/read-model/order-store.ts';
import type { OrderEvent } from '../../src/read-model/order.ts';
import { ProjectOrders } from '../../src/read-model/project-orders.ts';
import { readModelProjection } from '../../src/rebuild/read-model-projection.ts';
import { createdEvent, stepEvent } from '../support/other-services.ts';

const [live, shadow] = ['order_api', 'order_api_rebuild'];

describe('a step that a restored worker said again under another id', () => {
  let database: TestDatabase;
  let databases: Record<string, Database>;

  beforeAll(async () => {
    database = await testDatabase();
    await migrate({ url: database.url, schema: live, migrations });
    await database.query(`CREATE SCHEMA ${shadow}`);
    for (const { name } of readModelProjection.tables) {
      await database.query(`CREATE TABLE ${shadow}.${name} (LIKE ${live}.${name} INCLUDING ALL)`);
    }
    const open = (schema: string) => new Database({ url: database.url, schema, service: 'test' });
    databases = { [live]: open(live), [shadow]: open(shadow) };
  });
  afterAll(async () => {
    await Promise.all(Object.values(databases).map((each) => each.close()));
    await database.drop();
  });

  const handler = new ProjectOrders(new OrderStore(), { changed: () => undefined });
  const apply = (schema: string, events: OrderEvent[]): Promise<void> =>
    (databases[schema] as Database).transaction((tx) => handler.apply(events, tx));
  const stepsIn = async (schema: string, orderId: string): Promise<string[]> => {
    const rows = await database.query<{ event_id: string }>(
      `SELECT event_id FROM ${schema}.order_events WHERE order_id = $1 ORDER BY seq`,
      [orderId],
    );
    return rows.map(({ event_id }) => event_id);
  };

  const carryOver = (): Promise<unknown> =>
    (databases[shadow] as Database).transaction((tx) =>
      readModelProjection.carryOver(tx, {
        ...{ live, shadow, kept: 'order_api_before_rebuild', before: '2100-01-01T00:00:00Z' },
        handle: (events) => handler.apply(events as OrderEvent[], tx),
      }),
    );

  it('one by one as it came, at once from the log, and from the part that the log still has: the same rows', async () => {
    const order_id = uuidv7();
    const [created, confirmed] = [createdEvent({ order_id }), stepEvent('orderConfirmed', order_id)];
    const [paid, again] = [stepEvent('orderPaid', order_id), stepEvent('orderConfirmed', order_id)];
    const expected = [created, confirmed, paid].map(({ event_id }) => event_id);
    for (const event of [created, confirmed, paid, again]) await apply(live, [event]);
    expect(await stepsIn(live, order_id)).toEqual(expected);

    await apply(shadow, [created, confirmed, paid, again]);
    expect(await stepsIn(shadow, order_id)).toEqual(expected);

    await database.query(`TRUNCATE ${shadow}.orders, ${shadow}.order_events`);
    await apply(shadow, [paid, again]);
    expect(await stepsIn(shadow, order_id)).toEqual([paid.event_id, again.event_id]);
    await carryOver();
    expect(await stepsIn(shadow, order_id)).toEqual(expected);
  });

  it('twice in the live rows, as an older version kept it, and the log begins behind order.created: the first stays', async () => {
    const order_id = uuidv7();
    const [created, confirmed] = [createdEvent({ order_id }), stepEvent('orderConfirmed', order_id)];
    const [paid, again] = [stepEvent('orderPaid', order_id), stepEvent('orderConfirmed', order_id)];
    for (const event of [created, confirmed, paid]) await apply(live, [event]);
    await database.query(
      `INSERT INTO ${live}.order_events (event_id, order_id, event_type, event) VALUES ($1, $2, $3, $4)`,
      [again.event_id, order_id, again.event_type, JSON.stringify(again)],
    );
    await apply(shadow, [confirmed, paid, again]);
    await carryOver();
    expect(await stepsIn(shadow, order_id)).toEqual(
      [created, confirmed, paid].map(({ event_id }) => event_id),
    );
  });
});
