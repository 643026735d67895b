import { uuidv7 } from '@orderstream/events';
import { orderstream, orderstreamJson } from '../cli/orderstream.ts';
import type { DatabaseName } from '../../src/platform/index.ts';
import { serviceDatabases, type Report, type ServiceDatabases } from './service-databases.ts';

describe('orderstream erase, among people who look alike', () => {
  let services: ServiceDatabases;
  let env: NodeJS.ProcessEnv = {};
  const query = (name: DatabaseName, text: string, values: unknown[] = []): Promise<object[]> =>
    services.query(name, text, values);

  beforeAll(async () => {
    services = await serviceDatabases();
    env = services.env;
  }, 120_000);
  afterAll(() => services.drop());

  it('near-namesakes: another address that ends the same, a longer number, an id that is a word of every alert, a quotation: all stay', async () => {
    for (const [id, email, phone] of [
      ['customer', 'a@x.example', '+491234567'],
      ['al', 'al@x.example', '+4912345'],
    ]) {
      await query('notifier', `INSERT INTO notifier.customers VALUES ($1, $2, $3, 'Al', 'de', now())`, [
        id,
        email,
        phone,
      ]);
    }
    const plans = [
      { customer_id: 'anna', contact: { email: 'anna@x.example', phone: '+49123456789' } },
      { customer_id: 'sal', reason: 'not mine: "customer_id":"al", or was it "al@x.example' },
    ];
    for (const [key, plan] of plans.entries()) {
      await query(
        'order_api',
        `INSERT INTO order_api.idempotency_keys (scope, key, fingerprint, plan, owner, lease_until)
         VALUES ('near', $1, '', $2, gen_random_uuid(), now() - interval '1 day')`,
        [String(key), JSON.stringify(plan)],
      );
    }
    const alert = { alert: 'fraud', subject_type: 'customer', subject_id: 'anna', evidence: { note: 'al' } };
    await query(
      'notifier',
      `INSERT INTO notifier.notifications (event_id, channel, recipient, template, state, data, message_id)
       VALUES ($1, 'email', 'ops@shop.example', 'operator-alert', 'sent', $2, '<2@shop.example>')`,
      [uuidv7(), JSON.stringify(alert)],
    );
    await query(
      'analytics',
      `INSERT INTO warehouse.fraud_suspicions VALUES ('contact', 'of somebody', 'shared_contact', 0.5, now(), now(), $1)`,
      [JSON.stringify({ contact: 'al', customer_ids: ['sal', 'alan'] })],
    );
    await query(
      'worker',
      `INSERT INTO worker.outbox (topic, record_count, records) VALUES ('orders', 1, $1) RETURNING id`,
      [`{"key":"o-1","headers":{}}\t${JSON.stringify({ payload: plans[0] })}`],
    );
    for (const id of ['customer', 'al']) {
      const report = await orderstreamJson<Report>(['erase', id, '--yes'], env);
      const found = report.places.filter(({ rows }) => rows > 0).map(({ table, rows }) => [table, rows]);
      expect([found, report.waiting]).toEqual([[['notifier.customers', 1]], []]);
    }
    await query('worker', 'DELETE FROM worker.outbox');
  });

  it('their address in another spelling, in an alert and in an event to be published: found', async () => {
    await query(
      'notifier',
      `INSERT INTO notifier.customers VALUES ('bea', 'Bea@X.example', NULL, 'Bea', 'de', now())`,
    );
    await query(
      'notifier',
      `INSERT INTO notifier.notifications (event_id, channel, recipient, template, state, data, message_id)
       VALUES ($1, 'email', 'ops@shop.example', 'operator-alert', 'sent', '{"evidence": {"email": "bea@x.EXAMPLE"}}', '<4@shop.example>')`,
      [uuidv7()],
    );
    await query(
      'worker',
      `INSERT INTO worker.outbox (topic, record_count, records) VALUES ('orders', 1, '{"email":"BEA@x.example"}')`,
    );
    const { stdout } = await orderstream(['erase', 'bea', '--yes', '--json'], env);
    const report = JSON.parse(stdout) as Report;
    expect(report.waiting).toEqual([expect.objectContaining({ table: 'worker.outbox', rows: 1 })]);
    expect(report.places.filter(({ rows }) => rows > 0).map(({ table, rows }) => [table, rows])).toEqual([
      ['notifier.notifications', 1],
      ['notifier.customers', 1],
    ]);
    await query('worker', 'DELETE FROM worker.outbox');
  });

  it('the id of who is meant, wherever a suspicion, an alert or an event to be published has it: found', async () => {
    await query(
      'analytics',
      `INSERT INTO warehouse.fraud_suspicions VALUES ('contact', 'of two', 'shared_contact', 0.5, now(), now(), $1)`,
      [JSON.stringify({ customer_ids: ['sal', 'mallory'] })],
    );
    for (const about of [
      { subject_type: 'customer', subject_id: 'mallory', evidence: {} },
      { subject_type: 'contact', subject_id: 'hash', evidence: { customer_ids: ['sal', 'mallory'] } },
    ]) {
      await query(
        'notifier',
        `INSERT INTO notifier.notifications (event_id, channel, recipient, template, state, data, message_id)
         VALUES ($1, 'email', 'ops@shop.example', 'operator-alert', 'sent', $2, '<3@shop.example>')`,
        [uuidv7(), JSON.stringify(about)],
      );
      await query(
        'analytics',
        `INSERT INTO analytics.outbox (topic, record_count, records) VALUES ('alerts', 1, $1)`,
        [`{"key":"k","headers":{}}\t${JSON.stringify({ payload: about })}`],
      );
    }
    const { stdout } = await orderstream(['erase', 'mallory', '--yes', '--json'], env);
    const report = JSON.parse(stdout) as Report;
    expect(report.waiting).toEqual([expect.objectContaining({ table: 'analytics.outbox', rows: 2 })]);
    expect(report.places.filter(({ rows }) => rows > 0).map(({ table, rows }) => [table, rows])).toEqual([
      ['warehouse.fraud_suspicions', 1],
      ['notifier.notifications', 2],
    ]);
    await query('analytics', 'DELETE FROM analytics.outbox');
  });
});
