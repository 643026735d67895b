import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type TestDatabase } from '@orderstream/testing';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { Orderstream, orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { migratedDatabase } from '../notifications/ledger-fixture.ts';

const ORDER = '019a8c4e-7b1a-7c3e-9f54-2f6d0a4be001';

describe('orderstream export', () => {
  let database: TestDatabase;
  let out: string;
  beforeAll(async () => {
    database = await migratedDatabase('analytics');
    out = await mkdtemp(join(tmpdir(), 'orderstream-export-'));
    await database.query(`
      INSERT INTO warehouse.orders (order_id, customer_id, currency, amount_total, item_count, created_at, paid_at)
      VALUES ('${ORDER}', 'ada', 'EUR', 9007199254740991, 1, '2026-06-13T10:00:00.123456Z', NULL);
      INSERT INTO warehouse.revenue_per_minute (minute, currency, orders_created, amount_created)
      VALUES ('2026-06-13T10:00:00Z', 'EUR', 1, 12345678901234567890123);
      INSERT INTO warehouse.sessions (session_id, user_id, started_at, ended_at, event_count, page_views)
      SELECT 'grüße-' || n, CASE WHEN n % 2 = 0 THEN 'ada' END, timestamptz '2026-06-13T00:00:00Z' + n * interval '1 s',
             timestamptz '2026-06-14T00:00:00Z', n, 0 FROM generate_series(0, 49999) AS n`);
  });
  afterAll(async () => {
    await database.drop();
    await rm(out, { recursive: true, force: true });
  });

  const run = (...args: string[]) =>
    orderstreamJson<{ table: string; rows: number }[]>([
      'export',
      ...args,
      '--out',
      out,
      '--database',
      `analytics=${database.url}`,
    ]);
  const read = async (table: string) =>
    parquetReadObjects({ file: await asyncBufferFromFile(join(out, `${table}.parquet`)) });

  it('every table: a file that a Parquet reader reads, with the values of the rows, types and nulls kept', async () => {
    const files = await run();
    expect(files.map(({ table }) => `${table}.parquet`).sort()).toEqual((await readdir(out)).sort());
    expect(await read('orders')).toEqual([
      {
        order_id: ORDER,
        customer_id: 'ada',
        currency: 'EUR',
        amount_total: 9007199254740991n,
        item_count: 1,
        created_at: new Date('2026-06-13T10:00:00.123Z'),
        confirmed_at: null,
        rejected_at: null,
        paid_at: null,
        cancelled_at: null,
        status: 'accepted',
      },
    ]);
    expect(await read('payments')).toEqual([]);
    const [minute] = await read('revenue_per_minute');
    expect(minute).toMatchObject({ orders_created: 1n });
    // The reader makes a float of it.
    expect(Number(minute?.['amount_created'])).toBeCloseTo(1.2345678901234568e22, -10);
  });

  it('a range: what happened in it, more rows than are in memory at a time, each once', async () => {
    const [file] = await run(
      'sessions',
      '--from',
      '2026-06-13T00:00:10Z',
      '--to',
      '2026-06-13T13:00:00+02:00',
    );
    expect(file?.rows).toBe(11 * 3600 - 10);
    const rows = await read('sessions');
    expect(new Set(rows.map((row): unknown => row['session_id'])).size).toBe(11 * 3600 - 10);
    expect(rows.find((row) => row['session_id'] === 'grüße-10')).toMatchObject({
      user_id: 'ada',
      event_count: 10n,
    });
    expect(rows.find((row) => row['session_id'] === 'grüße-11')).toMatchObject({ user_id: null });
  });

  it('a table of any size: no statement is given up for the time it takes', async () => {
    await database.query(`
      ALTER TABLE warehouse.payments RENAME TO payments_of_later;
      CREATE FUNCTION patience() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('statement_timeout') <> '0' THEN RAISE EXCEPTION 'given up too soon'; END IF;
        RETURN 'a';
      END $$;
      CREATE VIEW warehouse.payments AS SELECT patience() AS payment_id, now() AS occurred_at`);
    const [file] = await run('payments');
    await database.query(`
      DROP FUNCTION patience CASCADE; ALTER TABLE warehouse.payments_of_later RENAME TO payments`);
    expect(file?.rows).toBe(1);
  });

  it('Ctrl-C while PostgreSQL reads: it stops at once, and leaves neither a file nor a statement behind', async () => {
    await database.query(`
      ALTER TABLE warehouse.payments RENAME TO payments_of_later;
      CREATE VIEW warehouse.payments AS SELECT pg_sleep(3600)::text AS payment_id, now() AS occurred_at`);
    const url = `analytics=${database.url}`;
    const directory = join(out, 'stopped');
    const command = new Orderstream(['export', 'payments', '--out', directory, '--database', url]);
    const reading = () =>
      database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'orderstream-cli' AND query ~ '^FETCH'`,
      );
    await eventually(async () => expect(await reading()).toHaveLength(1));
    expect(await command.interrupt()).toMatchObject({ code: 1, stdout: '', stderr: 'stopped\n' });
    expect(await reading()).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
    await database.query(`
      DROP VIEW warehouse.payments; ALTER TABLE warehouse.payments_of_later RENAME TO payments`);
  });

  it('a day that no calendar has: 2, instead of another day', async () => {
    for (const day of ['2026-02-30', '2026-02-30T10:00:00Z', '2026-13-01', 'today']) {
      const { code, stderr } = await orderstream(['export', 'users', '--out', out, '--from', day]);
      expect([day, code]).toEqual([day, 2]);
      expect(stderr).toContain('It must be a day');
    }
  });

  it('a database that a migration is missing in: what brings it up to date', async () => {
    await database.query('ALTER TABLE warehouse.users RENAME TO users_of_later');
    const url = `analytics=${database.url}`;
    const { code, stderr } = await orderstream(['export', 'users', '--out', out, '--database', url]);
    await database.query('ALTER TABLE warehouse.users_of_later RENAME TO users');
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      expect.stringContaining("run `orderstream migrate`, or analytics' `dist/migrate.js`"),
    ]);
  });

  it('no such database: a sentence, and no file', async () => {
    const missing = database.url.replace(/\/[^/]*$/, '/nowhere');
    const { code, stderr } = await orderstream([
      'export',
      'users',
      '--out',
      join(out, 'no'),
      '--database',
      `analytics=${missing}`,
    ]);
    expect([code, stderr.split('\n')[0]]).toEqual([
      1,
      expect.stringContaining('The database analytics cannot be used'),
    ]);
  });
});
