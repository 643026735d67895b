import { randomUUID } from 'node:crypto';
import { databaseUrl, testDatabase, type TestTemplate } from '../src/index.ts';
import pg from 'pg';

async function onServer<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const server = new pg.Client({ connectionString: databaseUrl() });
  await server.connect();
  try {
    return (await server.query<Row>(text, values)).rows;
  } finally {
    await server.end();
  }
}

describe('testDatabase', () => {
  it('two tests: two empty databases, gone after drop even while somebody is connected', async () => {
    const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
    await one.query('CREATE TABLE marker ()');
    expect(await two.query(`SELECT 1 FROM pg_tables WHERE tablename = 'marker'`)).toEqual([]);

    const intruder = new pg.Client({ connectionString: one.url, application_name: 'intruder' });
    const cut = new Promise((resolve) => intruder.on('error', resolve));
    await intruder.connect();
    await one.drop();
    await cut;
    await two.drop();

    const names = [one.name, two.name];
    expect(await onServer('SELECT 1 FROM pg_database WHERE datname = ANY($1)', [names])).toEqual([]);
  });

  it('terminateConnections: cuts the named application, nobody else', async () => {
    const database = await testDatabase();
    const victim = new pg.Client({ connectionString: database.url, application_name: 'victim' });
    const other = new pg.Client({ connectionString: database.url, application_name: 'other' });
    const cut = new Promise((resolve) => victim.on('error', resolve));
    await Promise.all([victim.connect(), other.connect()]);
    expect(await database.terminateConnections('victim')).toBe(1);
    await cut;
    expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await other.end();
    await database.drop();
  });
});

describe('testDatabase with a template', () => {
  const name = `of_${randomUUID().replaceAll('-', '')}`;
  const templates = () =>
    onServer<{ datname: string }>('SELECT datname FROM pg_database WHERE datname LIKE $1', [
      `template_${name}%`,
    ]);
  afterAll(async () => {
    for (const { datname } of await templates()) await onServer(`DROP DATABASE ${datname}`);
  });

  let fillings = 0;
  const template = (version: string, table: string): TestTemplate => ({
    name,
    version,
    fill: async (url) => {
      fillings += 1;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`CREATE TABLE ${table} (n int); INSERT INTO ${table} VALUES (1)`);
      await client.end();
    },
  });

  it('three tests at once: filled once, each has a copy of its own', async () => {
    const databases = await Promise.all([1, 2, 3].map(() => testDatabase(template('v1', 'first'))));
    expect(fillings).toBe(1);
    await databases[0]?.query('DELETE FROM first');
    const counts = databases.map((database) => database.query('SELECT count(*)::int AS n FROM first'));
    expect(await Promise.all(counts)).toEqual([[{ n: 0 }], [{ n: 1 }], [{ n: 1 }]]);
    for (const database of databases) await database.drop();
  });

  it('another version: filled anew, and the last one is removed', async () => {
    await (await testDatabase(template('v1', 'first'))).drop();
    const before = fillings;
    const database = await testDatabase(template('v2', 'second'));
    expect(await database.query('SELECT n FROM second')).toEqual([{ n: 1 }]);
    await database.drop();
    expect(fillings).toBe(before + 1);
    expect(await templates()).toEqual([{ datname: `template_${name}_v2` }]);
  });

  it('a filling that failed half-way: no copy of the half, and begun anew', async () => {
    const half: TestTemplate = {
      ...template('v3', 'third'),
      fill: async (url) => {
        await template('v3', 'third').fill(url);
        throw new Error('killed');
      },
    };
    await expect(testDatabase(half)).rejects.toThrow('killed');
    const database = await testDatabase(template('v3', 'third'));
    expect(await database.query('SELECT n FROM third')).toEqual([{ n: 1 }]);
    await database.drop();
  });
});
