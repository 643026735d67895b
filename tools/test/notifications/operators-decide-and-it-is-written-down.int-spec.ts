import { uuidv7 } from '@orderstream/events';
import { eventually, type TestDatabase } from '@orderstream/testing';
import pg from 'pg';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import { databaseEnv, migratedDatabase } from './ledger-fixture.ts';

interface Decided {
  readonly changed: { id: string; state_before: string; state_after: string }[];
  readonly refused: { id: string; why: string }[];
  readonly dry_run: boolean;
}

const ORDER = uuidv7();

describe('orderstream notifications', () => {
  let database: TestDatabase;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    database = await migratedDatabase('notifier');
    env = databaseEnv('notifier', database);
  });
  beforeEach(async () => {
    await database.query('TRUNCATE notifier.notifications, notifier.decisions RESTART IDENTITY');
    for (const [state, channel] of [
      ['unknown', 'email'],
      ['failed', 'email'],
      ['sent', 'email'],
      ['queued', 'sms'],
      ['sending', 'sms'],
      ['suppressed', 'email'],
    ] as const) {
      await database.query(
        `INSERT INTO notifier.notifications (event_id, channel, recipient, template, state, order_id, customer_id, data, message_id,
                                             next_attempt_at, claimed_by, claimed_at, reason_code, attempts)
         VALUES ($1, $2, CASE WHEN $3 <> 'suppressed' THEN 'ada@example.com' END, 'order-confirmed', $3, $4, 'ada',
                 '{"name": "Ada"}', '<1@shop.example>', CASE WHEN $3 = 'queued' THEN now() END, 'me', now(), 'answer-lost', 1)`,
        [uuidv7(), channel, state, ORDER],
      );
    }
  });
  afterAll(() => database.drop());

  const run = (...args: string[]) => orderstream(['notifications', ...args], env);
  const json = <T>(...args: string[]) => orderstreamJson<T>(['notifications', ...args], env);
  const states = async (): Promise<string[]> =>
    (
      await database.query<{ state: string }>(
        'SELECT state FROM notifier.notifications ORDER BY notification_id',
      )
    ).map(({ state }) => state);
  const decisions = () => database.query('SELECT * FROM notifier.decisions ORDER BY decision_id');

  it('list: counts and rows, by what was asked for, without addresses', async () => {
    const all = await run('list');
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(all.stdout).toMatch(/email +order-confirmed +unknown +answer-lost +1 /);
    expect(all.stdout).not.toContain('@example.com');
    expect((await run('list', '--show-contacts')).stdout).toContain('ada@example.com');
    const some = await json<{ total: number; notifications: { state: string; recipient: string }[] }>(
      ...['list', '--state', 'unknown', 'failed', '--channel', 'email', '--order', ORDER],
    );
    expect(some).toMatchObject({
      total: 2,
      notifications: [{ state: 'failed', recipient: '•••' }, { state: 'unknown' }],
    });
    expect((await run('list', '--template', 'welcome')).stdout).toBe('No notifications.\n');
  });

  it('resend: what is unknown is queued; who and why are shown beside it', async () => {
    const args = ['resend', '--state', 'unknown', '--why', 'the gateway lost it', '--by', 'grace', '--yes'];
    expect(await json<Decided>(...args)).toMatchObject({
      dry_run: false,
      changed: [{ id: '1', state_before: 'unknown', state_after: 'queued' }],
      refused: [],
    });
    expect((await states())[0]).toBe('queued');
    const shown = await run('show', '1');
    expect(shown.stdout).toMatch(/grace: resend, unknown → queued: the gateway lost it/);
    expect(shown.stdout).not.toMatch(/ada@example\.com|"Ada"/);
    expect((await json<Decided>(...args)).changed).toEqual([]);
  });

  it('dry run: says the same and changes nothing', async () => {
    const would = await json<Decided>('resend', '--state', 'unknown', 'failed', '--dry-run');
    expect(would.changed.map(({ id }) => id)).toEqual(['2', '1']);
    expect(await states()).toEqual(['unknown', 'failed', 'sent', 'queued', 'sending', 'suppressed']);
    expect(await decisions()).toEqual([]);
  });

  it('what cannot be sent again: refused by name, the rest is done, and the exit code says so', async () => {
    const ids = ['1', '2', '3', '4', '5', '6', '77'];
    const { code, stdout, stderr } = await run('resend', '--id', ...ids, '--why', 'x', '--yes', '--json');
    expect(code).toBe(1);
    const { changed, refused } = JSON.parse(stdout) as Decided;
    expect(changed.map(({ id }) => id).sort()).toEqual(['1', '2']);
    expect(refused.map(({ id }) => id).sort()).toEqual(['3', '4', '5', '6', '77']);
    expect(stderr).toMatch(/3 was sent; should it not have arrived/);
  });

  it('mark: what became of it; a message that is being sent is left to its sender', async () => {
    expect(
      (await run('mark', '--as', 'sent', '--id', '1', '--why', 'seen in the console', '--yes')).code,
    ).toBe(0);
    expect((await run('mark', '--as', 'failed', '--id', '3', '4', '--why', 'bounced', '--yes')).code).toBe(0);
    expect((await run('mark', '--as', 'failed', '--id', '5', '--why', 'x', '--yes')).code).toBe(1);
    expect(await states()).toEqual(['sent', 'failed', 'failed', 'failed', 'sending', 'suppressed']);
    expect(await decisions()).toHaveLength(3);
  });

  it('an SMS that may have gone out: resent, it still is asked for; marked failed, it is not, and its time begins anew', async () => {
    await database.query(
      `UPDATE notifier.notifications SET state = 'unknown', channel = 'sms', reason_code = 'gave-up', is_in_doubt = true, deferred_since = now()
        WHERE notification_id <= 2`,
    );
    await run('mark', '--as', 'failed', '--id', '2', '--why', 'not in its console', '--yes');
    await run('resend', '--id', '1', '2', '--why', 'matters', '--yes');
    await run('mark', '--as', 'unknown', '--id', '4', '--why', 'restored', '--yes');
    const rows = await database.query(
      `SELECT state, is_in_doubt, deferred_since FROM notifier.notifications WHERE notification_id IN (1, 2, 4) ORDER BY notification_id`,
    );
    expect(rows).toEqual([
      { state: 'queued', is_in_doubt: true, deferred_since: null },
      { state: 'queued', is_in_doubt: false, deferred_since: null },
      { state: 'unknown', is_in_doubt: true, deferred_since: null },
    ]);
  });

  it('its customer was erased: what became of it can still be said; it is not sent again, and that is said before', async () => {
    await database.query(
      `UPDATE notifier.notifications SET recipient = NULL, data = '{}', erased_at = now() WHERE notification_id <= 2`,
    );
    const resent = await run('resend', '--id', '1', '--dry-run');
    expect(resent).toMatchObject({ code: 1, stderr: expect.stringContaining('1 cannot be sent') as string });
    expect(resent.stderr).toContain('was erased');
    const marked = await run('mark', '--as', 'sent', '--state', 'unknown', 'failed', '--why', 'x', '--yes');
    expect(marked).toMatchObject({ code: 0, stdout: '2 marked sent\n' });
    expect((await states()).slice(0, 2)).toEqual(['sent', 'sent']);
    expect(await decisions()).toHaveLength(2);
  });

  it('a ledger of any size: what is decided of it is not given up for the time it takes', async () => {
    await database.query(
      `CREATE FUNCTION notifier.patience() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF current_setting('statement_timeout') <> '0' THEN RAISE EXCEPTION 'given up too soon'; END IF;
         RETURN NEW;
       END $$`,
    );
    await database.query(
      `CREATE TRIGGER patience BEFORE UPDATE ON notifier.notifications FOR EACH ROW EXECUTE FUNCTION notifier.patience()`,
    );
    const marked = await run('mark', '--as', 'unknown', '--state', 'queued', '--why', 'restored', '--yes');
    await database.query('DROP FUNCTION notifier.patience CASCADE');
    expect(marked).toMatchObject({ code: 0, stdout: '1 marked unknown\n' });
  });

  it('a statement that the database gives up: a sentence, no stack', async () => {
    const inTheWay = new pg.Client({ connectionString: database.url });
    await inTheWay.connect();
    await inTheWay.query('BEGIN; LOCK TABLE notifier.notifications');
    const listing = run('list');
    try {
      await eventually(async () => {
        const cancelled = await database.query(
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'orderstream-cli' AND wait_event_type = 'Lock'`,
        );
        expect(cancelled).toHaveLength(1);
      });
    } finally {
      await inTheWay.end();
    }
    const { code, stderr } = await listing;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database notifier has given up: .*\.\n$/);
  });

  it('it refuses to guess: nothing named, no state, no reason given, nobody to ask', async () => {
    for (const [args, why] of [
      [['resend', '--why', 'x'], /which notifications\?/],
      [['resend', '--channel', 'email', '--why', 'x'], /in which --state\?/],
      [['resend', '--id', '1', '--yes'], /--why is needed/],
      [['resend', '--id', '1', '--why', 'x'], /--yes is needed/],
      [['mark', '--id', '1', '--why', 'x', '--yes'], /--as/],
      [['mark', '--as', 'queued', '--id', '1', '--why', 'x'], /Allowed choices/],
      [['list', '--state', 'lost'], /Allowed choices/],
      [['list', '--id', 'one'], /must be a number/],
    ] as const) {
      const { code, stderr } = await run(...args);
      expect([args.join(' '), code]).toEqual([args.join(' '), 2]);
      expect(stderr).toMatch(why);
    }
    expect(await decisions()).toEqual([]);
  });

  it('no such notification, no database: 1, with the reason', async () => {
    expect(await run('show', '4711')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no notification 4711') as string,
    });
    const away = { NOTIFIER_DATABASE_URL: 'postgres://x:y@127.0.0.1:1/notifier' };
    expect(await orderstream(['notifications', 'list'], away)).toMatchObject({ code: 1 });
  });
});
