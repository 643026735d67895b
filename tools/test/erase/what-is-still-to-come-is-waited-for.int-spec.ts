import { eventually } from '@orderstream/testing';
import pg from 'pg';
import { registerErase } from '../../src/commands/erase.ts';
import { inThisProcess, jsonInThisProcess } from '../cli/in-this-process.ts';
import { orderstream, Orderstream } from '../cli/orderstream.ts';
import { produce } from '../log/records.ts';
import { serviceDatabases, type Report, type ServiceDatabases } from './service-databases.ts';

describe('orderstream erase, while something of the customer is elsewhere', () => {
  let services: ServiceDatabases;
  let env: NodeJS.ProcessEnv = {};
  beforeAll(async () => {
    services = await serviceDatabases();
    env = services.env;
  }, 120_000);
  afterAll(() => services.drop());

  /** Where nothing has to happen meanwhile, and other tests have seen it as a process. */
  const erase = (args: readonly string[], changed: NodeJS.ProcessEnv = {}) =>
    inThisProcess(registerErase, ['erase', ...args], { ...env, ...changed });

  const enterCustomer = (id: string) =>
    services.query(
      'notifier',
      `INSERT INTO notifier.customers VALUES ($1, 'x@y.example', NULL, 'X', 'de', now())`,
      [id],
    );
  const customers = () => services.query('notifier', 'SELECT customer_id FROM notifier.customers');
  const setPosition = (next: number) =>
    services.query(
      'notifier',
      `UPDATE notifier.consumer_positions SET next_offset = $1 WHERE topic = 'users' AND partition = 0`,
      [next],
    );

  /** Of a type that no group handles. */
  async function unhandledRecord(): Promise<number> {
    const headers = { 'event-type': 'nobody.minds' };
    const [offset] = await produce([{ topic: 'users', partition: 0, key: 'eve', value: '{}', headers }]);
    return offset as number;
  }

  describe('a group that has records still to handle', () => {
    let offset: number;
    beforeAll(async () => {
      offset = await unhandledRecord();
    });
    afterAll(() => setPosition(offset + 1_000_000));

    it('it does not come past them: what is there is erased, the group is named, and the exit code is 1', async () => {
      await enterCustomer('eve');
      await setPosition(offset);
      const { code, stdout, stderr } = await orderstream(
        ['erase', 'eve', '--yes', '--wait', '500ms', '--json'],
        env,
      );
      expect(code).toBe(1);
      expect(stderr).toMatch(/Waiting for up to 0\.5 s for notifier \(\d+ records of users\)/);
      expect(stderr).toMatch(
        /Not erased: \d+ × records of users that notifier has still to handle .* Run this again then\./,
      );
      expect(await customers()).toEqual([]);
      const { erased, waiting } = JSON.parse(stdout) as Report;
      expect({ erased, waiting }).toEqual({
        erased: true,
        waiting: [
          expect.objectContaining({ database: 'notifier', table: 'notifier.consumer_positions' }) as object,
        ],
      });
    });

    it('it comes past them in time: what it has written is erased, too', async () => {
      await setPosition(offset);
      const erasing = new Orderstream(['erase', 'eve', '--yes', '--wait', '2m'], env);
      await eventually(async () => expect(erasing.stderr).toContain('Waiting for'));
      await enterCustomer('eve');
      await setPosition(offset + 1_000_000);
      expect(await erasing.ended).toMatchObject({ code: 0 });
      expect(await customers()).toEqual([]);
    });

    it('it stands elsewhere because the topic was made anew: it has handled nothing of it', async () => {
      await services.query(
        'notifier',
        `UPDATE notifier.consumer_positions SET topic_id = 'another' WHERE topic = 'users' AND partition = 0`,
      );
      const { code, stderr } = await erase(['eve', '--dry-run', '--wait', '0']);
      await services.query('notifier', `UPDATE notifier.consumer_positions SET topic_id = NULL`);
      expect([code, stderr]).toEqual([0, expect.stringContaining('that notifier has still to handle')]);
    });
  });

  it('Kafka does not answer: it says so, before anything is erased', async () => {
    await enterCustomer('zoe');
    const { code, stderr } = await erase(['zoe', '--yes'], { KAFKA_BROKERS: '127.0.0.1:1' });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^Kafka at 127\.0\.0\.1:1 did not answer: .*\n$/),
    ]);
    expect(await customers()).toEqual([{ customer_id: 'zoe' }]);
    expect(await erase(['zoe', '--yes'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['analytics', 'warehouse'],
    ['order_api', 'order_api'],
  ] as const)(
    'what a rebuild of %s has left, done or killed half-way: named, and gone with the command that is named; not under a rebuild that goes on',
    async (database, live) => {
      const kept = `${live}_before_rebuild`;
      const draft = `${live}_rebuild`;
      for (const schema of [kept, draft])
        await services.query(database, `CREATE SCHEMA ${schema} CREATE TABLE copy (email text)`);
      const erased = await erase(['eve', '--yes', '--json']);
      expect(erased.code).toBe(1);
      const { leftovers } = JSON.parse(erased.stdout) as Report;
      expect(leftovers.map(({ schema }) => schema)).toEqual([kept, draft].sort());
      const [, ...how] = (leftovers[0]?.how ?? '').split(' ');

      const rebuilding = new pg.Client({ connectionString: services.url(database) });
      await rebuilding.connect();
      await rebuilding.query(`SELECT pg_advisory_lock(hashtextextended('orderstream.rebuild:${live}', 0))`);
      expect(await orderstream([...how, '--yes'], env)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is being rebuilt already') as string,
      });
      await rebuilding.end();

      expect(await orderstream([...how, '--yes'], env)).toMatchObject({
        code: 0,
        stdout: 'dropped\ndropped, too: the half-done tables of a rebuild that was killed\n',
      });
      const report = await jsonInThisProcess<Report>(registerErase, ['erase', 'eve', '--yes'], env);
      expect(report.leftovers).toEqual([]);
      expect(await orderstream([...how, '--yes'], env)).toMatchObject({
        code: 0,
        stdout: 'nothing was kept\n',
      });
    },
  );
});
