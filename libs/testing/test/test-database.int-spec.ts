import { databaseUrl, testDatabase } from '../src/index.ts';
import pg from 'pg';

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

    const server = new pg.Client({ connectionString: databaseUrl() });
    await server.connect();
    const { rows } = await server.query('SELECT 1 FROM pg_database WHERE datname = ANY($1)', [
      [one.name, two.name],
    ]);
    await server.end();
    expect(rows).toEqual([]);
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
