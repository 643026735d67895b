import { createHash } from 'node:crypto';
import { uuidv7 } from '@orderstream/events';
import { registerErase } from '../../src/commands/erase.ts';
import { inThisProcess, jsonInThisProcess } from '../cli/in-this-process.ts';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import type { DatabaseName } from '../../src/platform/index.ts';
import { PLACES } from '../../src/erase/places.ts';
import { NAMES, serviceDatabases, type Report, type ServiceDatabases } from './service-databases.ts';

/** As the fraud rules name a contact. */
const hashOf = (contact: string): string => createHash('sha256').update(contact).digest('hex');
/** Nothing else in the databases looks like any of these. */
const SECRETS = /ada@secret\.example|\+4917099887766|Ada Secretsdottir|because of my divorce/;

describe('orderstream erase, on the tables that the services make', () => {
  let services: ServiceDatabases;
  let env: NodeJS.ProcessEnv = {};

  beforeAll(async () => {
    services = await serviceDatabases();
    env = services.env;
    for (const customer of ['ada', 'bob']) await enter(customer, customer === 'ada' ? ADA : BOB);
  }, 120_000);
  afterAll(() => services.drop());

  const ADA = {
    email: 'ada@secret.example',
    phone: '+4917099887766',
    name: 'Ada Secretsdottir',
    why: 'because of my divorce',
  };
  const BOB = { email: 'bob@other.example', phone: '+4915511223344', name: 'Bob', why: 'twice' };

  const query = <Row extends object>(
    name: DatabaseName,
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> => services.query<Row>(name, text, values);

  /** Some run in a process of their own below, as operators start them; of the others only what they do counts. */
  const erase = (...args: string[]) => inThisProcess(registerErase, ['erase', ...args], env);
  const eraseJson = (...args: string[]) => jsonInThisProcess<Report>(registerErase, ['erase', ...args], env);

  /** What the services keep of a customer who registered, ordered, paid, cancelled, visited, and was suspected of fraud. */
  async function enter(id: string, { email, phone, name, why }: typeof ADA): Promise<void> {
    const order = uuidv7();
    const contact = JSON.stringify({ email, phone });
    const event = (type: string, payload: object) =>
      JSON.stringify({
        event_id: uuidv7(),
        event_type: type,
        payload: { order_id: order, customer_id: id, ...payload },
      });
    const created = event('order.created', { contact: JSON.parse(contact) as object });
    await query(
      'worker',
      `INSERT INTO worker.orders VALUES ($1, $2, 'cancelled', 'EUR', 100, '[]', $3, now(), now())`,
      [order, id, contact],
    );
    await query(
      'order_api',
      `INSERT INTO order_api.orders VALUES ($1, 'cancelled', $2, 'EUR', 100, '[]', now(), now())`,
      [order, id],
    );
    for (const [type, text] of [
      ['order.created', created],
      ['order.cancelled', event('order.cancelled', { contact: JSON.parse(contact) as object, reason: why })],
      ['order.rejected', event('order.rejected', { reason: { code: 'x', detail: 'kept' } })],
    ]) {
      await query(
        'order_api',
        'INSERT INTO order_api.order_events (event_id, order_id, event_type, event) VALUES ($1, $2, $3, $4)',
        [uuidv7(), order, type, text],
      );
    }
    for (const [key, plan, status, lease] of [
      ['answered', '{}', 202, '1 day'],
      ['user', JSON.stringify({ user_id: id, email, name }), null, '1 day'],
      ['old', created, null, '1 day'],
    ]) {
      await query(
        'order_api',
        `INSERT INTO order_api.idempotency_keys (scope, key, fingerprint, plan, owner, lease_until, status)
         VALUES ('x', $1, '', $2, $3, now() - $5::interval, $4)`,
        [`${id}-${key as string}`, plan, uuidv7(), status, lease],
      );
    }
    for (const hash of [hashOf(email), hashOf(phone)]) {
      await query('analytics', `INSERT INTO analytics.fraud_marks VALUES ('shared_contact', $1, now(), $2)`, [
        hash,
        id,
      ]);
      await query(
        'analytics',
        `INSERT INTO warehouse.fraud_suspicions VALUES ('contact', $1, 'shared_contact', 0.5, now(), now(), $2)`,
        [hash, JSON.stringify({ masked: `${email.slice(0, 1)}…`, customer_ids: ['somebody else'] })],
      );
    }
    await query('analytics', `INSERT INTO warehouse.users VALUES ($1, $2, $3, $4, 'de', now(), now(), $5)`, [
      id,
      email,
      name,
      phone,
      uuidv7(),
    ]);
    await query('analytics', `INSERT INTO warehouse.sessions VALUES ($1, $2, now(), now(), 1, 1)`, [
      `s-${id}`,
      id,
    ]);
    await query(
      'analytics',
      `INSERT INTO warehouse.web_events (event_id, occurred_at, event_type, session_id, user_id, url)
       VALUES ($1, now(), 'page.viewed', $2, $3, '/')`,
      [uuidv7(), `s-${id}`, id],
    );
    await query('notifier', `INSERT INTO notifier.customers VALUES ($1, $2, $3, $4, 'de', now())`, [
      id,
      email,
      phone,
      name,
    ]);
    await query('notifier', `INSERT INTO notifier.orders VALUES ($1, $2, $3, $4, 'cancelled', now())`, [
      order,
      id,
      email,
      phone,
    ]);
    const subject = JSON.stringify({ alert: 'fraud', subject_id: email, evidence: { phone } });
    for (const [channel, recipient, template, state, customer, data] of [
      ['email', email, 'order-confirmed', 'sent', id, JSON.stringify({ name })],
      ['sms', phone, 'order-cancelled', 'queued', id, '{}'],
      // From before the ledger knew customers.
      ['email', email, 'order-confirmed', 'unknown', null, '{}'],
      ['email', 'ops@shop.example', 'operator-alert', 'sent', null, subject],
    ]) {
      await query(
        'notifier',
        `INSERT INTO notifier.notifications (event_id, channel, recipient, template, state, customer_id, data, order_id, message_id, next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '<1@shop.example>', CASE WHEN $5 = 'queued' THEN now() END)`,
        [
          uuidv7(),
          channel,
          recipient,
          template,
          state,
          customer,
          data,
          template === 'operator-alert' ? null : order,
        ],
      );
    }
  }

  /** Every row of every table, as text. */
  async function everything(): Promise<string> {
    const parts: string[] = [];
    for (const name of NAMES) {
      const tables = await query<{ name: string }>(
        name,
        `SELECT quote_ident(schemaname) || '.' || quote_ident(relname) AS name FROM pg_stat_user_tables ORDER BY 1`,
      );
      for (const table of tables)
        parts.push(
          JSON.stringify(await query(name, `SELECT t::text AS row FROM ${table.name} AS t ORDER BY 1`)),
        );
    }
    return parts.join('\n');
  }

  it('a dry run: counts what there is and changes nothing', async () => {
    const before = await everything();
    const report = await eraseJson('ada', '--dry-run');
    expect(report.erased).toBe(false);
    expect(Object.fromEntries(report.places.map(({ table, rows }) => [table, rows]))).toMatchObject({
      'worker.orders': 1,
      'order_api.order_events': 2,
      'warehouse.users': 1,
      'notifier.customers': 1,
    });
    expect(await everything()).toBe(before);
  });

  it('without --yes where nobody can be asked: 2, and nothing is changed', async () => {
    expect(await orderstream(['erase', 'ada'], env)).toMatchObject({ code: 2 });
    expect(await everything()).toMatch(SECRETS);
  });

  it('erased: nothing of the customer is in any table, orders stay, nobody else is touched, and what waited is not sent', async () => {
    const report = await orderstreamJson<Report>(['erase', 'ada', '--yes'], env);
    expect(report).toMatchObject({ erased: true, waiting: [] });
    expect(report.remains_in_kafka).toContainEqual(expect.objectContaining({ topic: 'orders', days: 90 }));
    const after = await everything();
    expect(after).not.toMatch(SECRETS);
    for (const secret of [ADA.email, ADA.phone]) expect(after).not.toContain(hashOf(secret));
    for (const kept of Object.values(BOB)) expect(after).toContain(kept);
    expect(await query('worker', `SELECT contact FROM worker.orders WHERE customer_id = 'ada'`)).toEqual([
      { contact: null },
    ]);
    expect(
      await query(
        'notifier',
        `SELECT state, recipient FROM notifier.notifications WHERE order_id IS NOT NULL AND erased_at IS NOT NULL ORDER BY 1`,
      ),
    ).toEqual(['sent', 'suppressed', 'unknown'].map((state) => ({ state, recipient: null })));
    const [kept] = await query<{ n: number }>(
      'order_api',
      `SELECT count(*)::int AS n FROM order_api.order_events WHERE event::text LIKE '%kept%'`,
    );
    expect(kept?.n).toBe(2);
  });

  it('again: nothing is left to erase, and that is fine', async () => {
    const before = await everything();
    const report = await eraseJson('ada', '--yes');
    expect(report.places.filter(({ rows }) => rows > 0)).toEqual([]);
    expect(await everything()).toBe(before);
  });

  it('visits that others logged in to as well: theirs from then on', async () => {
    for (const [session, others] of [
      ['s-shared', ['zoe', 'yan']],
      ['s-alone', []],
    ] as const) {
      await query('analytics', `INSERT INTO warehouse.sessions VALUES ($1, 'uma', now(), now(), 1, 1)`, [
        session,
      ]);
      for (const user of ['uma', ...others]) {
        await query(
          'analytics',
          `INSERT INTO warehouse.web_events (event_id, occurred_at, event_type, session_id, user_id)
           VALUES ($1, now(), 'page.viewed', $2, $3)`,
          [uuidv7(), session, user],
        );
      }
    }
    await erase('uma', '--yes');
    expect(
      await query(
        'analytics',
        `SELECT session_id, user_id FROM warehouse.sessions WHERE session_id IN ('s-shared', 's-alone') ORDER BY 1`,
      ),
    ).toEqual([
      { session_id: 's-alone', user_id: null },
      { session_id: 's-shared', user_id: 'yan' },
    ]);
  });

  it('a table of any size: no statement is given up for the time it takes', async () => {
    await query(
      'notifier',
      `INSERT INTO notifier.customers VALUES ('slow', NULL, NULL, 'Slow', 'de', now())`,
    );
    await query(
      'notifier',
      `CREATE FUNCTION patience() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF current_setting('statement_timeout') <> '0' THEN RAISE EXCEPTION 'given up too soon'; END IF;
         RETURN OLD;
       END $$`,
    );
    await query(
      'notifier',
      'CREATE TRIGGER patience BEFORE DELETE ON notifier.customers FOR EACH ROW EXECUTE FUNCTION patience()',
    );
    expect(await erase('slow', '--yes')).toMatchObject({ code: 0 });
    await query('notifier', 'DROP FUNCTION patience CASCADE');
  });

  it('a request under way, an event still to be published: said, and the exit code is 1', async () => {
    await query(
      'order_api',
      `INSERT INTO order_api.idempotency_keys (scope, key, fingerprint, plan, owner, lease_until)
       VALUES ('x', 'now', '', '{"customer_id":"eve"}', gen_random_uuid(), now())`,
    );
    await query(
      'worker',
      `INSERT INTO worker.outbox (topic, record_count, records) VALUES ('orders', 1, '{"customer_id":"eve"}')`,
    );
    const { code, stderr } = await orderstream(['erase', 'eve', '--yes'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Not erased: 1 × requests under way \(order_api\.idempotency_keys\), until an hour has passed/,
    );
    expect(stderr).toMatch(/Not erased: 1 × events that are still to be published \(worker\.outbox\)/);
  });

  it('no customer id: 2; a table that is missing: 1, and it is named', async () => {
    expect(await erase('ada@example.com', '--yes')).toMatchObject({ code: 2 });
    await query('analytics', 'ALTER TABLE warehouse.users RENAME TO people');
    const { code, stderr } = await erase('bob', '--yes');
    await query('analytics', 'ALTER TABLE warehouse.people RENAME TO users');
    expect(code).toBe(1);
    expect(stderr).toContain('relation "warehouse.users" does not exist');
  });

  it('every column that looks as if it held something of a person is known here', async () => {
    const found: string[] = [];
    for (const name of NAMES) {
      const columns = await query<{ name: string }>(
        name,
        `SELECT table_schema || '.' || table_name || '.' || column_name AS name FROM information_schema.columns
          WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'public') AND table_name !~ '^web_events_'
            AND (data_type IN ('json', 'jsonb')
                 OR (column_name ~ '(mail|phone|contact|recipient|^name$|user_id|address)' AND table_name <> 'migrations'))`,
      );
      found.push(...columns.map((column) => column.name));
    }
    const erased = PLACES.flatMap(({ places }) => places.map(({ table }) => table));
    const unknown = found.filter(
      (column) => !erased.some((table) => column.startsWith(`${table}.`)) && !HARMLESS.has(column),
    );
    expect(unknown).toEqual([]);
  });
});

/** Looked into: they hold nothing that says who somebody is. */
const HARMLESS: ReadonlySet<string> = new Set([
  // Items of an order.
  'order_api.orders.items',
  // The payment's event: ids and an amount.
  'worker.payments.waiting',
]);
