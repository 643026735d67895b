import { testDatabase, type TestDatabase } from '@orderstream/testing';
import pg from 'pg';
import { Database } from '../src/database/database.ts';
import { countChanges } from '../src/rebuild/count-changes.ts';
import { compareAgain, compareAhead } from '../src/rebuild/differing-rows.ts';
import { exchangeTable } from '../src/rebuild/exchange-table.ts';

const TABLE = { name: 'facts', key: ['id', 'line'] };
const CONTEXT = { live: 'shop', shadow: 'shop_rebuild', kept: 'shop_before_rebuild' };
const ALIKE = 1_000;

describe('rows that are compared before the group is held up', () => {
  let db: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    db = await testDatabase();
    database = new Database({ service: 'test', schema: 'shop', url: db.url });
    await db.query('CREATE SCHEMA shop');
    await db.query('CREATE SCHEMA shop_rebuild');
    await db.query('CREATE SCHEMA shop_before_rebuild');
    await db.query(
      'CREATE TABLE shop.facts (id int, line int, amount bigint, told json, PRIMARY KEY (id, line))',
    );
    await db.query(
      `INSERT INTO shop.facts SELECT n, n % 3, n, json_build_object('n', n) FROM generate_series(1, ${ALIKE}) AS n`,
    );
    await db.query('CREATE TABLE shop_rebuild.facts (LIKE shop.facts INCLUDING ALL)');
    await db.query('INSERT INTO shop_rebuild.facts TABLE shop.facts');
  });
  afterAll(async () => {
    await database.close();
    await db.drop();
  });

  it('whatever is written to either table afterwards is compared again, and they are equal in the end', async () => {
    // Told apart by a comparison of all rows: one each of changed, added and removed, and three that are mended before the end.
    await db.query('UPDATE shop.facts SET amount = -1 WHERE id IN (1, 4)');
    await db.query('DELETE FROM shop.facts WHERE id IN (2, 5)');
    await db.query('DELETE FROM shop_rebuild.facts WHERE id IN (3, 6)');
    const late = await begun(db, "UPDATE shop.facts SET told = '{}' WHERE id = 7");

    const since = await compareAhead(database, TABLE, CONTEXT);
    const ahead = await db.query<{ id: number }>('SELECT id FROM shop_rebuild.differing_facts ORDER BY 1');
    expect(ahead.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);

    await late.query('COMMIT');
    await late.end();
    await db.query('UPDATE shop.facts SET amount = 4 WHERE id = 4');
    await db.query('INSERT INTO shop.facts VALUES (5, 2, 5, \'{"n" : 5}\')');
    await db.query('DELETE FROM shop.facts WHERE id = 6');
    await db.query('UPDATE shop.facts SET amount = 0 WHERE id = 8');
    await db.query('DELETE FROM shop.facts WHERE id = 9');
    await db.query("INSERT INTO shop.facts VALUES (2001, 0, 1, '{}')");
    await db.query("UPDATE shop_rebuild.facts SET told = '[]' WHERE id = 10");
    await db.query('DELETE FROM shop_rebuild.facts WHERE id = 11');
    await db.query("INSERT INTO shop_rebuild.facts VALUES (2002, 0, 1, '{}')");
    await db.query('DELETE FROM shop.facts WHERE id = 12');
    await db.query('DELETE FROM shop_rebuild.facts WHERE id = 12');

    const [would, change] = await database.transaction(async (tx) => {
      await compareAgain(tx, TABLE, CONTEXT, since);
      return [await countChanges(tx, TABLE, CONTEXT), await exchangeTable(tx, TABLE, CONTEXT)];
    });

    expect(change).toEqual({
      table: 'shop.facts',
      rows: ALIKE - 4 + 1,
      // 2, 9 and 2002; 1, 7, 8 and 10; 3, 11 and 2001. 4, 5 and 6 have become alike by themselves.
      ...{ added: 3, changed: 4, removed: 3 },
    });
    expect(would).toEqual(change);
    const differences = await db.query(
      `SELECT * FROM (SELECT id, line, amount, told::text FROM shop.facts) o
       FULL JOIN (SELECT id, line, amount, told::text FROM shop_rebuild.facts) n USING (id, line, amount, told)
       WHERE o IS NULL OR n IS NULL`,
    );
    expect(differences).toEqual([]);
    const kept = await db.query<{ id: number }>('SELECT id FROM shop_before_rebuild.facts ORDER BY 1');
    expect(kept.map(({ id }) => id)).toEqual([1, 3, 7, 8, 10, 11, 2001]);
  });
});

/** A transaction that has written and is not over. */
async function begun(db: TestDatabase, statement: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();
  await client.query('BEGIN');
  await client.query(statement);
  return client;
}
