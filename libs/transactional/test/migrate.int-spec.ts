import { eventually, testDatabase, type TestDatabase } from '@orderstream/testing';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { Database, migrate, pendingMigrations, transactionalMigrations } from '../src/index.ts';

class CreateOrders1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE orders (order_id uuid PRIMARY KEY)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE orders');
  }
}

/** Outside a transaction, and waits for every other transaction: the statement that a careless lock would block for ever. */
class IndexOrders1760000000002 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX CONCURRENTLY orders_again ON orders (order_id)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_again');
  }
}

class Broken1760000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half_done (id int)');
    await runner.query('SELECT 1 / 0');
  }
  async down(): Promise<void> {}
}

class NoteOrders1760000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders ADD COLUMN note text');
  }
  async down(): Promise<void> {}
}

const OWN = [
  'CreateConsumerPositions1750000000001',
  'CreateOutbox1750000000002',
  'CreateInbox1750000000003',
  'CreateDeadLetters1750000000004',
  'AddTopicId1750000000005',
];
const ORDERS = ['CreateOrders1760000000001', 'IndexOrders1760000000002'];

describe('migrate', () => {
  let server: TestDatabase;
  beforeEach(async () => {
    server = await testDatabase();
  });
  afterEach(() => server.drop());

  const tables = async () => {
    const rows = await server.query<{ name: string }>(
      `SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };

  it('an empty database: schema, own tables, then the service’s, each told; a second time: nothing', async () => {
    const lines: string[] = [];
    const options = {
      url: server.url,
      schema: 'shop',
      migrations: [IndexOrders1760000000002, CreateOrders1760000000001],
      progress: (line: string) => lines.push(line),
    };
    expect(await migrate(options)).toEqual([...OWN, ...ORDERS]);
    expect(await tables()).toEqual(
      ['consumer_positions', 'dead_letters', 'inbox', 'migrations', 'orders', 'outbox'].map(
        (name) => `shop.${name}`,
      ),
    );
    expect(lines.map((line) => line.replace(/\d+ ms/, 'N ms'))).toEqual(
      [...OWN, ...ORDERS].map((name) => `shop: ${name} (N ms)`),
    );

    lines.length = 0;
    expect(await migrate(options)).toEqual([]);
    expect(lines).toEqual(['shop: up to date']);
  });

  it('several processes at once: each migration runs once, all succeed', async () => {
    const migrations = [CreateOrders1760000000001, IndexOrders1760000000002];
    const ran = await Promise.all(
      Array.from({ length: 4 }, () => migrate({ url: server.url, schema: 'shop', migrations })),
    );
    expect(ran.flat()).toEqual([...OWN, ...ORDERS]);
    const rows = await server.query<{ name: string }>('SELECT name FROM shop.migrations ORDER BY id');
    expect(rows.map(({ name }) => name)).toEqual([...OWN, ...ORDERS]);
  });

  it('one fails: it leaves nothing behind, those before it stay, the next call goes on from there', async () => {
    const failing = migrate({
      url: server.url,
      schema: 'shop',
      migrations: [CreateOrders1760000000001, Broken1760000000003],
    });
    await expect(failing).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringMatching(/^Broken1760000000003: division by zero\nSELECT /) as string,
      cause: { code: '22012' },
    });
    expect(await tables()).not.toContain('shop.half_done');
    expect(
      await migrate({ url: server.url, schema: 'shop', migrations: [CreateOrders1760000000001] }),
    ).toEqual([]);
  });

  it('somebody reads the table for long: it waits without keeping others from it, then succeeds', async () => {
    await migrate({ url: server.url, schema: 'shop', migrations: [CreateOrders1760000000001] });
    const reader = new pg.Client({ connectionString: server.url });
    await reader.connect();
    try {
      await reader.query('BEGIN; SELECT * FROM shop.orders');
      const lines: string[] = [];
      const migrating = migrate({
        url: server.url,
        schema: 'shop',
        migrations: [CreateOrders1760000000001, NoteOrders1760000000004],
        progress: (line) => lines.push(line),
      });
      await eventually(() => expect(lines.join()).toContain('NoteOrders1760000000004: waits for a table'));
      // Behind a statement that waited on, this would wait, too: for as long as the first reader takes.
      await server.query('SELECT * FROM shop.orders');
      await reader.query('COMMIT');
      expect(await migrating).toEqual(['NoteOrders1760000000004']);
      expect(lines).toHaveLength(2);
    } finally {
      await reader.end();
    }
  });

  it('limits: a lock is waited for briefly in a transaction, as long as it takes outside of one', async () => {
    const seen: Record<string, string>[] = [];
    const see = async (runner: QueryRunner): Promise<void> => {
      const rows = (await runner.query(
        `SELECT name, setting FROM pg_settings WHERE name IN
           ('idle_in_transaction_session_timeout', 'lock_timeout', 'tcp_keepalives_idle', 'tcp_user_timeout')`,
      )) as { name: string; setting: string }[];
      seen.push(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])));
    };
    class Inside1760000000005 implements MigrationInterface {
      up = see;
      down = see;
    }
    class Outside1760000000006 extends Inside1760000000005 {
      readonly transaction = false;
    }
    const migrations = [Inside1760000000005, Outside1760000000006];
    await migrate({ url: server.url, schema: 'shop', migrations });
    const always = {
      idle_in_transaction_session_timeout: '60000',
      tcp_keepalives_idle: '5',
      tcp_user_timeout: '11000',
    };
    expect(seen).toEqual([
      { ...always, lock_timeout: '3000' },
      { ...always, lock_timeout: '0' },
    ]);
  });

  it('two schemas in one database: each has its own tables and its own list', async () => {
    await migrate({ url: server.url, schema: 'one', migrations: [] });
    expect(await migrate({ url: server.url, schema: 'two', migrations: [] })).toEqual(OWN);
  });

  it('a schema name that is not plain: refused before anything is sent', async () => {
    await expect(migrate({ url: server.url, schema: 'a; DROP TABLE b', migrations: [] })).rejects.toThrow(
      TypeError,
    );
  });

  it('pendingMigrations: names what is missing, from an empty database on', async () => {
    const database = new Database({ service: 'spec', schema: 'shop', url: server.url });
    const missing = () => pendingMigrations(database, [CreateOrders1760000000001]);
    expect(await missing()).toEqual([...OWN, 'CreateOrders1760000000001']);
    await migrate({ url: server.url, schema: 'shop', migrations: [] });
    expect(await missing()).toEqual(['CreateOrders1760000000001']);
    await migrate({ url: server.url, schema: 'shop', migrations: [CreateOrders1760000000001] });
    expect(await missing()).toEqual([]);
    await database.close();
  });

  it('down takes back what up made', async () => {
    await migrate({ url: server.url, schema: 'public', migrations: [] });
    const runner = { query: (text: string) => server.query(text) } as unknown as QueryRunner;
    for (const migration of transactionalMigrations.toReversed()) await new migration().down(runner);
    expect(await tables()).toEqual(['public.migrations']);
  });
});
