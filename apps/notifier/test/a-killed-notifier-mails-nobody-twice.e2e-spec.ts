import { jest } from '@jest/globals';
import { encodeRecord, EventProducer, orderConfirmed } from '@orderstream/events';
import { eventually, kafkaBrokers, readTopic, type SpawnedService } from '@orderstream/testing';
import { confirmation } from './support/confirmation.ts';
import type { LedgerRow } from './support/test-ledger.ts';
import { PHONE, RestorableTables, secretsIn } from './support/restorable-tables.ts';
import { ScriptedSmsGateway } from './support/scripted-sms-gateway.ts';
import { prepareNotifier, type RunningNotifier } from './support/running-notifier.ts';
import { ScriptedSmtpServer } from './support/scripted-smtp-server.ts';

jest.setTimeout(180_000);

const MAILS = 500;
/** Killed when so many mails are out. */
const KILL_AT = [60, 200, 380];
const PATIENT = { deadlineMs: 60_000, intervalMs: 100 };

describe('the notifier on real Kafka and PostgreSQL', () => {
  const server = new ScriptedSmtpServer();
  const smsGateway = new ScriptedSmsGateway();
  const producer = new EventProducer(
    { clientId: 'test', brokers: kafkaBrokers() },
    { sendTimeoutMs: 30_000 },
  );
  let running: RunningNotifier;
  /** What runs now: a start takes seconds, and most tests need none of their own. */
  let notifier: SpawnedService;

  beforeAll(async () => {
    await server.start();
    await smsGateway.start();
    const env = { SMTP_URL: server.url, SMTP_SEND_TIMEOUT: '10s', SMS_GATEWAY_URL: smsGateway.url };
    running = await prepareNotifier(env);
    notifier = await running.start();
  });
  afterAll(async () => {
    await notifier.stop();
    await producer.close();
    await server.stop();
    await smsGateway.stop();
    await running.database.drop();
  });

  const publish = async (count: number, phone?: string) => {
    const events = Array.from({ length: count }, (_, index) =>
      confirmation(`customer-${index}@example.com`, undefined, phone),
    );
    const outcomes = await producer.sendAll(events.map((event) => encodeRecord(orderConfirmed, event)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    return events.map(({ event_id }) => event_id);
  };
  const rowsOf = (ids: readonly string[]) =>
    running.database.query<LedgerRow>(
      'SELECT * FROM notifier.notifications WHERE event_id = ANY($1::uuid[])',
      [ids],
    );
  /** How often each of these events was mailed. */
  const caught = (ids: readonly string[]): number[] => {
    const times = new Map(ids.map((id) => [id, 0]));
    for (const { messageId } of server.mails) {
      const id = messageId.slice(1, 37);
      const known = times.get(id);
      if (known !== undefined) times.set(id, known + 1);
    }
    return [...times.values()];
  };

  /** Of those that were killed: they are over sooner so than by waiting. */
  const endLeasesOfOthers = (survivor: SpawnedService) =>
    running.database.query(
      `UPDATE notifier.notifications SET claimed_at = claimed_at - interval '1 hour'
        WHERE state = 'sending' AND split_part(claimed_by, ':', 2) <> $1`,
      [String(survivor.pid)],
    );

  it('an order is confirmed: one mail, and the gateway shows at /health/ready', async () => {
    const [id = ''] = await publish(1);
    await eventually(() => expect(caught([id])).toEqual([1]), PATIENT);
    await eventually(
      async () => expect(await rowsOf([id])).toMatchObject([{ state: 'sent', attempts: 1 }]),
      PATIENT,
    );
    const report = (await (await fetch(`${running.url}/health/ready`)).json()) as { checks: object[] };
    expect(report.checks).toContainEqual(
      expect.objectContaining({
        name: 'email gateway',
        ready: true,
        detail: expect.objectContaining({ gateway: 'answers' }) as object,
      }),
    );
  });

  it('the gateway is away: events are consumed and the service is ready; once it is back, each mail once', async () => {
    await server.stop();
    const ids = await publish(100);
    await eventually(async () => expect(await rowsOf(ids)).toHaveLength(100), PATIENT);
    const answer = await eventually(async () => {
      const response = await fetch(`${running.url}/health/ready`);
      const body = await response.text();
      expect(body).toContain('does not take messages');
      return response;
    }, PATIENT);
    expect(answer.status).toBe(200);
    await server.start();
    await eventually(async () => {
      expect((await rowsOf(ids)).filter(({ state }) => state === 'sent')).toHaveLength(100);
    }, PATIENT);
    expect(caught(ids).every((times) => times === 1)).toBe(true);
    expect(notifier.log.join('\n')).not.toContain('@example.com');
  });

  it('the database is restored: what it lost is listed as unknown, not sent; SMS are asked for and settled', async () => {
    const tables = await RestorableTables.backUp(running.database);
    const lost = await publish(30, PHONE);
    await eventually(async () => {
      const rows = await rowsOf(lost);
      expect(rows.filter(({ state }) => state === 'sent')).toHaveLength(60);
    }, PATIENT);
    await notifier.stop();
    await tables.restore();
    expect(await rowsOf(lost)).toEqual([]);
    const smsBefore = smsGateway.kept.length;

    notifier = await running.start();
    const after = await publish(5);
    await eventually(async () => {
      expect((await rowsOf(after)).filter(({ state }) => state === 'sent')).toHaveLength(5);
      const rows = await rowsOf(lost);
      const ofChannel = (channel: string) => rows.filter((row) => row.channel === channel);
      expect(ofChannel('email')).toHaveLength(30);
      expect(new Set(ofChannel('email').map(({ state, reason_code }) => `${state} ${reason_code}`))).toEqual(
        new Set(['unknown database-restored']),
      );
      expect(ofChannel('sms').map(({ state }) => state)).toEqual(Array.from({ length: 30 }, () => 'sent'));
    }, PATIENT);
    expect(caught(lost).every((times) => times === 1)).toBe(true);
    expect(smsGateway.kept).toHaveLength(smsBefore);
  });

  it('whatever happens: no address and no number in a log line, a metric, a health report or a dead letter’s header', async () => {
    const record = encodeRecord(orderConfirmed, confirmation('secret@example.com', undefined, PHONE));
    const value = String(record.value).replace(`"${PHONE}"`, `"${PHONE} or secret@example.com"`);
    await producer.sendAll([{ ...record, value: Buffer.from(value) }]);
    server.script = ({ step }) =>
      step === 'RCPT' ? { say: '550 5.1.1 <secret@example.com> unknown' } : undefined;
    smsGateway.script = () => ({ keep: false, status: 400, code: 21211 });
    const ids = await publish(1, PHONE);
    await eventually(async () => {
      expect((await rowsOf(ids)).map(({ state }) => state)).toEqual(['failed', 'failed']);
    }, PATIENT);
    server.script = () => undefined;
    smsGateway.script = () => undefined;
    const letter = await eventually(async () => {
      const letters = await readTopic('orders.notifier.dlq');
      return letters.find(({ key }) => key === record.key) ?? Promise.reject(new Error('not there yet'));
    }, PATIENT);
    expect(letter.headers['dlq-reason']).toBe('contract-violated');
    const shown = await Promise.all(
      ['metrics', 'health/ready', 'preview'].map(async (path) =>
        (await fetch(`${running.url}/${path}`)).text(),
      ),
    );
    const [metrics = ''] = shown;
    expect(metrics).toContain('orderstream_notifications_total{channel="sms",state="failed"} 1');
    expect(secretsIn([...shown, ...notifier.log, JSON.stringify(letter.headers)])).toEqual([]);
  });

  // The last one: it leaves members behind whose sessions anybody after it would have to wait out.
  it('kill -9 again and again while it sends: each mail once, or its row says unknown', async () => {
    server.answerDelayMs = 20;
    const ids = await publish(MAILS);
    await eventually(async () => expect(await rowsOf(ids)).toHaveLength(MAILS), PATIENT);
    for (const milestone of KILL_AT) {
      await eventually(() => caught(ids).filter((times) => times > 0).length >= milestone, {
        ...PATIENT,
        intervalMs: 5,
      });
      await notifier.kill();
      // Not waited for until it is ready: it would have sent everything by then, and nothing would be under way at the next kill.
      notifier = await running.launch();
    }
    await endLeasesOfOthers(notifier);
    const rows = await eventually(async () => {
      const found = await rowsOf(ids);
      expect(found).toHaveLength(MAILS);
      expect(found.filter(({ state }) => state === 'queued' || state === 'sending')).toEqual([]);
      return found;
    }, PATIENT);
    expect(Math.max(...caught(ids))).toBe(1);
    const idsOf = (state: string) =>
      rows.filter((row) => row.state === state).map(({ event_id }) => event_id);
    expect(caught(idsOf('sent')).every((times) => times === 1)).toBe(true);
    expect(idsOf('sent').length + idsOf('unknown').length).toBe(MAILS);
    // Only what was in the gateway's hands at a kill can be in doubt: ten connections each time.
    expect(idsOf('unknown').length).toBeLessThanOrEqual(10 * KILL_AT.length);
  });
});
