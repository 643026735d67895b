import { TransientError } from '@orderstream/events';
import { eventually } from '@orderstream/testing';
import { Database } from '../src/index.ts';
import { openShop, SCHEMA, type Shop } from './fixture.ts';
import { Line } from './line.ts';

describe('a database that does not answer', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());

  it('every connection carries limits, so that neither side waits for the other for ever', async () => {
    const { rows } = await shop
      .connect('limits')
      .query<{ name: string; setting: string }>(
        `SELECT name, setting FROM pg_settings WHERE name = ANY ($1) ORDER BY name`,
        [
          [
            'application_name',
            'idle_in_transaction_session_timeout',
            'lock_timeout',
            'search_path',
            'statement_timeout',
            'tcp_keepalives_idle',
            'tcp_user_timeout',
          ],
        ],
      );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      application_name: 'limits',
      idle_in_transaction_session_timeout: '15000',
      lock_timeout: '10000',
      search_path: 'shop,public',
      statement_timeout: '30000',
      tcp_keepalives_idle: '5',
      tcp_user_timeout: '11000',
    });
  });

  it('a statement takes too long: transient, and the connection is good for the next one', async () => {
    const database = new Database({
      service: 'slow',
      schema: SCHEMA,
      url: shop.server.url,
      statementTimeoutMs: 1_000,
    });
    shop.onClose(() => database.close());
    const error = (await database.query('SELECT pg_sleep(30)').catch((reason: unknown) => reason)) as Error;
    expect(error).toBeInstanceOf(TransientError);
    expect(error.cause).toMatchObject({ code: '57014' });
    await expect(database.query('SELECT 1 AS one')).resolves.toEqual({ rows: [{ one: 1 }], rowCount: 1 });
  });

  it('the network swallows everything in silence: transient after the limit, a new connection afterwards', async () => {
    let isSwallowing = false;
    const line = new Line(shop.server.url, { fate: () => (isSwallowing ? 'lost' : 'passes') });
    await line.up();
    shop.onClose(() => line.down());
    const database = new Database({
      service: 'silent',
      schema: SCHEMA,
      url: line.url,
      statementTimeoutMs: 1_000,
    });
    shop.onClose(() => database.close());
    await database.query('SELECT 1');

    isSwallowing = true;
    await expect(database.transaction((tx) => tx.query('SELECT 1'))).rejects.toBeInstanceOf(TransientError);
    isSwallowing = false;
    await eventually(async () =>
      expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]),
    );
  });

  it('a connection led to a server that has become read-only: transient once, then another connection', async () => {
    const database = new Database({ service: 'stale', schema: SCHEMA, url: shop.server.url, poolSize: 1 });
    shop.onClose(() => database.close());
    const write = (note: string) =>
      database.transaction(async (tx) => {
        await tx.query('INSERT INTO effects (note) VALUES ($1)', [note]);
      });
    await write('before');
    await database.query('SET default_transaction_read_only = on');

    const error = (await write('refused').catch((reason: unknown) => reason)) as Error;
    expect(error).toBeInstanceOf(TransientError);
    expect(error.cause).toMatchObject({ code: '25006' });
    await write('after');
    expect(await shop.rows(`SELECT note FROM ${SCHEMA}.effects ORDER BY id`)).toEqual([
      { note: 'before' },
      { note: 'after' },
    ]);
  });

  it('all connections are taken for too long: transient', async () => {
    const database = new Database({ service: 'narrow', schema: SCHEMA, url: shop.server.url, poolSize: 1 });
    shop.onClose(() => database.close());
    const refused = await database.transaction(async (tx) => {
      await tx.query('SELECT 1');
      return database.query('SELECT 1').catch((reason: unknown) => reason);
    });
    expect(refused).toBeInstanceOf(TransientError);
  });
});
