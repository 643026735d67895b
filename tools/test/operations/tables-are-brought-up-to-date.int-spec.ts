import { testDatabase, type TestDatabase } from '@orderstream/testing';
import { Orderstream } from '../cli/orderstream.ts';
import { NAMES } from '../erase/service-databases.ts';
import { databaseEnv } from '../notifications/ledger-fixture.ts';

interface Report {
  readonly migrations: readonly { schema: string; migration: string }[];
}

describe('orderstream migrate', () => {
  const databases: TestDatabase[] = [];
  let env: NodeJS.ProcessEnv = {};
  beforeAll(async () => {
    for (const name of NAMES) {
      const database = await testDatabase();
      databases.push(database);
      env = { ...env, ...databaseEnv(name, database) };
    }
  });
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  it('empty databases: every service has its tables then, and a second call has nothing to do', async () => {
    const first = await new Orderstream(['migrate', '--json'], env).ended;
    expect(first.code).toBe(0);
    const { migrations } = JSON.parse(first.stdout) as Report;
    expect(new Set(migrations.map(({ schema }) => schema))).toEqual(new Set(NAMES));
    const again = await new Orderstream(['migrate', '--json'], env).ended;
    expect(JSON.parse(again.stdout)).toEqual({ migrations: [] });
  });

  it('no database there: 1, and one sentence that says so', async () => {
    const away = await new Orderstream(['migrate', '--database-url', 'postgres://u:p@127.0.0.1:1/x']).ended;
    expect(away).toMatchObject({ code: 1, stdout: '' });
    expect(away.stderr).toMatch(/^the migrations of \w[\w-]+ failed: .*ECONNREFUSED.*\n$/);
  });

  it('a table stands in the way of one: 1, which migration, the database’s reason and the statement', async () => {
    const worker = await testDatabase();
    await worker.query('CREATE SCHEMA worker');
    await worker.query('CREATE TABLE worker.orders (n int)');
    const stopped = await new Orderstream(['migrate'], { ...env, ...databaseEnv('worker', worker) }).ended;
    await worker.drop();
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toMatch(
      /^the migrations of worker failed: CreateOrders\d+: relation "orders" already exists\nCREATE TABLE orders/,
    );
  });
});
