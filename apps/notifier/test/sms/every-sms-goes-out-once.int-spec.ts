import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { eventually } from '@orderstream/testing';
import { planNotifications } from '../../src/intake/plan-notifications.rules.ts';
import type { Settlement } from '../../src/ledger/notification-ledger.ts';
import { LookupLedger } from '../../src/ledger/lookup-ledger.ts';
import { Sender } from '../../src/sending/sender.ts';
import { settlementOf } from '../../src/sending/sending.rules.ts';
import { smsDelivery } from '../../src/sms/deliver-sms.ts';
import { Inquiry } from '../../src/sms/inquiry.ts';
import { SmsGateway } from '../../src/sms/sms-gateway.ts';
import { TwilioClient } from '../../src/sms/twilio-client.ts';
import { cancellation } from '../support/events.ts';
import { NOBODY, PLAN } from '../support/planning.ts';
import { ScriptedSmsGateway, sidOf } from '../support/scripted-sms-gateway.ts';
import { testLedger, type LedgerRow, type TestLedger } from '../support/test-ledger.ts';
import { uuidv7 } from '@orderstream/events';

Logger.overrideLogger(false);

const TO = '+491701234567';
const PATIENT = { deadlineMs: 40_000 };
/** Longer than a busy machine holds anything up: a claim that is older, or an answer that comes later, counts as lost. */
const SEND_TIMEOUT_MS = 10_000;
/** For a gateway that keeps silent, where the time passes. */
const SHORT_TIMEOUT_MS = 3_000;
const CLIENT = { accountSid: 'AC0', authToken: 'secret', connections: 4, answerTimeoutMs: SEND_TIMEOUT_MS };

describe('SMS on real PostgreSQL and HTTP', () => {
  let own: TestLedger;
  let server: ScriptedSmsGateway;
  let gateway: SmsGateway;
  let sender: Sender | undefined;
  let inquiry: Inquiry;

  beforeAll(async () => {
    own = await testLedger();
  });
  beforeEach(async () => {
    await own.empty();
    server = await new ScriptedSmsGateway().start();
    const client = new TwilioClient({ ...CLIENT, url: server.url });
    gateway = new SmsGateway(client, '+15005550006');
    inquiry = new Inquiry(gateway, new LookupLedger(own.database));
  });
  afterEach(async () => {
    await sender?.stop();
    sender = undefined;
    gateway.close();
    await server.stop();
  });
  afterAll(() => own.close());

  const enter = async (...numbers: string[]): Promise<void> => {
    const planned = numbers.flatMap((phone) =>
      planNotifications(cancellation(uuidv7(), { phone }), NOBODY, PLAN).filter(
        ({ channel }) => channel === 'sms',
      ),
    );
    await own.database.transaction((tx) => own.ledger.add(tx, planned));
  };
  const start = ({ giveUpAfterMs = 3_600_000, sendTimeoutMs = SEND_TIMEOUT_MS } = {}): void => {
    const retry = { firstDelayMs: 50, maxDelayMs: 50, giveUpAfterMs };
    const owner = `test:${randomBytes(4).toString('hex')}`;
    const deliver = smsDelivery(gateway, 3);
    const options = { connections: 4, sendTimeoutMs, ratePerSecond: 0, retry, deliver };
    sender = new Sender({ channel: 'sms', owner, ...options }, own.ledger);
    sender.start();
  };
  const becomes = async (expected: Partial<LedgerRow> & { gateway_id?: string | null }): Promise<void> => {
    await eventually(async () => expect(await own.rows()).toMatchObject([expected]), PATIENT);
  };

  it('taken: sent, with the gateway’s name of it; logged in, in parts, with our reference', async () => {
    await enter(TO);
    start();
    await becomes({ state: 'sent', attempts: 1, gateway_id: sidOf(1) });
    expect(server.kept).toMatchObject([{ to: TO, from: '+15005550006' }]);
    expect(server.kept[0]?.body).toMatch(/is cancelled\. Ref\. [0-9A-Z]{10}$/);
    expect(server.authorization).toBe(`Basic ${Buffer.from('AC0:secret').toString('base64')}`);
  });

  it('the gateway says no for good: failed with the numbers of its answer, not tried again', async () => {
    server.script = () => ({ keep: false, status: 400, code: 21211 });
    await enter(TO);
    start();
    await becomes({
      state: 'failed',
      attempts: 1,
      reason_code: 'recipient-refused',
      reason_status: '400 21211',
    });
  });

  it('too many, then an error inside: tried again, and sent once', async () => {
    const troubles = [
      { keep: false, status: 429 },
      { keep: false, status: 503 },
    ];
    server.script = () => troubles.shift();
    await enter(TO);
    start();
    await becomes({ state: 'sent', attempts: 3 });
    expect(server.kept).toHaveLength(1);
  });

  it('an error inside although it has the message: it is asked, and nothing is sent twice', async () => {
    const troubles = [{ keep: true, status: 500 }];
    server.script = () => troubles.shift();
    await enter(TO);
    start();
    await becomes({ state: 'sent', attempts: 2, gateway_id: sidOf(1) });
    expect(server.kept).toHaveLength(1);
  });

  it.each([429, 401])(
    'an error inside although it has the message, then %d: still asked, not sent twice',
    async (status) => {
      const troubles = [
        { keep: true, status: 500 },
        { keep: false, status },
      ];
      // It does not list the message at once.
      server.pageSize = 0;
      server.hidesRest = true;
      server.script = () => {
        const trouble = troubles.shift();
        if (troubles.length === 0) server.pageSize = Infinity;
        return trouble;
      };
      await enter(TO);
      start();
      await becomes({ state: 'sent', attempts: 3, gateway_id: sidOf(1) });
      expect(server.kept).toHaveLength(1);
    },
  );

  it('an error inside, and then the claim came too late: still asked, not sent twice', async () => {
    const troubles = [{ keep: true, status: 500 }];
    server.script = () => troubles.shift();
    await enter(TO);
    const take = () => own.ledger.turn({ channel: 'sms', owner: 'me', settlements: [], limit: 1 });
    const settle = (settlement: Settlement) =>
      own.ledger.turn({ channel: 'sms', owner: 'me', settlements: [settlement], limit: 0 });
    const first = await take();
    const rules = { firstDelayMs: 0, maxDelayMs: 0, giveUpAfterMs: 3_600_000 };
    for (const claim of first) {
      const outcome = await smsDelivery(gateway, 3)(claim, AbortSignal.timeout(SEND_TIMEOUT_MS));
      await settle(settlementOf(claim, outcome, rules, 0));
    }
    const [second] = await take();
    const id = second?.notification_id ?? '';
    await settle({ notification_id: id, attempts: 2, state: 'queued', delayMs: 0, reason: undefined });
    start();
    await becomes({ state: 'sent', attempts: 3, gateway_id: sidOf(1) });
    expect(server.kept).toHaveLength(1);
  });

  it('an error inside for longer than is waited: unknown, not failed', async () => {
    server.script = () => ({ keep: false, status: 500 });
    await enter(TO);
    start({ giveUpAfterMs: 200 });
    await becomes({ state: 'unknown', reason_code: 'gave-up', reason_status: '500' });
  });

  it('it waited for long before it was first told "not now": the time counts from then on', async () => {
    const troubles = [{ keep: false, status: 429 }];
    server.script = () => troubles.shift();
    await enter(TO);
    await own.testDatabase.query(`UPDATE notifier.notifications SET created_at = now() - interval '9 days'`);
    start();
    await becomes({ state: 'sent', attempts: 2 });
  });

  it('the gateway was away between: the time in which it is told "not now" begins anew', async () => {
    await enter(TO);
    await own.testDatabase.query(
      `UPDATE notifier.notifications SET deferred_since = now() - interval '9 days'`,
    );
    const troubles = [
      { keep: false, status: 401 },
      { keep: false, status: 429 },
    ];
    server.script = () => troubles.shift();
    start();
    await becomes({ state: 'sent', attempts: 3 });
  });

  it('an error inside, and more messages to the number than are listed: unknown, not sent again', async () => {
    const troubles = [{ keep: true, status: 500 }];
    server.script = () => troubles.shift();
    server.pageSize = 0;
    await enter(TO);
    start();
    await becomes({ state: 'unknown', attempts: 2, reason_code: 'gateway-error' });
    expect(server.kept).toHaveLength(1);
    expect(server.days).toEqual([null, expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
  });

  it.each([
    ['a password', 401, 20003],
    ['a sender', 400, 21212],
  ])('%s it does not take: waits, and no message fails of it', async (_what, status, code) => {
    let isMended = false;
    server.script = () => (isMended ? undefined : { keep: false, status, code });
    await enter(TO);
    start();
    await becomes({ state: 'queued', reason_code: 'gateway-refused', reason_status: `${status} ${code}` });
    isMended = true;
    await becomes({ state: 'sent' });
  });

  it.each([502, 504])(
    'a proxy answers %d although the gateway has it: unknown, asked, not sent twice',
    async (status) => {
      const troubles = [{ keep: true, status }];
      server.script = () => troubles.shift();
      await enter(TO);
      start();
      await becomes({
        state: 'unknown',
        attempts: 1,
        reason_code: 'answer-lost',
        reason_status: `${status}`,
      });
      await inquiry.look();
      await becomes({ state: 'sent', attempts: 1, gateway_id: sidOf(1) });
      expect(server.kept).toHaveLength(1);
    },
  );

  it('an error inside, and it does not say whether it has it: it counts as away, and nothing is sent twice', async () => {
    const troubles = [{ keep: true, status: 500 }];
    server.script = () => troubles.shift();
    server.answersQuestions = false;
    await enter(TO);
    start();
    await becomes({ state: 'queued', reason_code: 'gateway-unreachable' });
    await eventually(
      () => expect(sender?.describe()).toMatchObject({ gateway: 'does not take messages' }),
      PATIENT,
    );
    server.answersQuestions = true;
    await becomes({ state: 'sent', gateway_id: sidOf(1) });
    expect(server.kept).toHaveLength(1);
  });

  it.each([
    ['drop', SEND_TIMEOUT_MS],
    ['hang', SHORT_TIMEOUT_MS],
  ] as const)('taken, then %s: unknown; asked, and settled', async (then, sendTimeoutMs) => {
    const troubles = [{ keep: true, then }];
    server.script = () => troubles.shift();
    await enter(TO);
    start({ sendTimeoutMs });
    await becomes({ state: 'unknown', attempts: 1 });
    await inquiry.look();
    await becomes({ state: 'sent', gateway_id: sidOf(1), reason_code: null });
    expect(server.kept).toHaveLength(1);
  });

  it('not taken, and then silence: asked, not there, stays unknown, and is never sent by itself', async () => {
    const troubles = [{ keep: false, then: 'hang' as const }];
    server.script = () => troubles.shift();
    await enter(TO);
    start({ sendTimeoutMs: SHORT_TIMEOUT_MS });
    await becomes({ state: 'unknown', reason_code: 'answer-timeout' });
    await inquiry.look();
    await becomes({ state: 'unknown', reason_code: 'not-at-gateway', attempts: 1 });
    // Not at once again: the gateway is not to be asked all the time.
    await inquiry.look();
    expect(server.questions).toBe(1);
    expect(server.kept).toEqual([]);
  });

  it('the gateway cannot be asked: asked again later, as if it had not been', async () => {
    server.script = () => ({ keep: true, then: 'drop' });
    server.answersQuestions = false;
    await enter(TO);
    start();
    await becomes({ state: 'unknown' });
    await inquiry.look();
    const lookups = await own.testDatabase.query(
      'SELECT lookups, next_lookup_at > now() AS later FROM notifier.notifications',
    );
    expect(lookups).toEqual([{ lookups: 0, later: true }]);
    expect(await own.rows()).toMatchObject([{ state: 'unknown', reason_code: 'answer-lost' }]);
  });

  it('who was erased while the gateway was asked, in vain: is not asked about again', async () => {
    server.script = () => ({ keep: true, then: 'drop' });
    await enter(TO);
    start();
    await becomes({ state: 'unknown' });
    const lookups = new LookupLedger(own.database);
    const take = () => lookups.take({ channel: 'sms', limit: 20, againAfterMs: 0, times: 11 });
    const ids = (await take()).map(({ notification_id }) => notification_id);
    expect(ids).toHaveLength(1);
    await own.testDatabase.query(
      `UPDATE notifier.notifications SET recipient = NULL, data = '{}', erased_at = now(), next_lookup_at = NULL`,
    );
    await lookups.giveBack(ids, 0);
    const rows = await own.testDatabase.query('SELECT next_lookup_at FROM notifier.notifications');
    expect(rows).toEqual([{ next_lookup_at: null }]);
  });

  it('who was erased, whatever the row says: is not asked about', async () => {
    server.script = () => ({ keep: true, then: 'drop' });
    await enter(TO);
    start();
    await becomes({ state: 'unknown' });
    await own.testDatabase.query(
      'UPDATE notifier.notifications SET recipient = NULL, erased_at = now(), next_lookup_at = now()',
    );
    await inquiry.look();
    expect(server.questions).toBe(0);
  });

  it('more messages to one number than are listed: the others are asked for, and this one not for ever', async () => {
    server.script = () => ({ keep: true, then: 'drop' });
    const other = '+491701234568';
    await enter(TO, TO, other);
    start();
    await eventually(async () => expect(await own.states()).toEqual({ unknown: 3 }), PATIENT);
    server.pageSize = 1;
    await inquiry.look();
    const rows = await own.testDatabase.query<{ recipient: string; state: string; lookups: number }>(
      'SELECT recipient, state, lookups FROM notifier.notifications ORDER BY state, recipient',
    );
    expect(rows).toEqual([
      { recipient: TO, state: 'sent', lookups: 0 },
      { recipient: other, state: 'sent', lookups: 0 },
      { recipient: TO, state: 'unknown', lookups: 1 },
    ]);
  });

  it('stops while the gateway hangs: the question is broken off, and does not count', async () => {
    server.script = () => ({ keep: true, then: 'drop' });
    await enter(TO, '+491701234568');
    start();
    await eventually(async () => expect(await own.states()).toEqual({ unknown: 2 }), PATIENT);
    server.answersQuestions = 'never';
    const client = new TwilioClient({ ...CLIENT, url: server.url, answerTimeoutMs: 60_000 });
    const patient = new Inquiry(new SmsGateway(client, '+15005550006'), new LookupLedger(own.database));
    const looking = patient.look();
    await eventually(() => expect(server.questions).toBe(1));
    await patient.stop();
    await looking;
    client.close();
    expect(server.questions).toBe(1);
    const lookups = await own.testDatabase.query('SELECT lookups FROM notifier.notifications');
    expect(lookups).toEqual([{ lookups: 0 }, { lookups: 0 }]);
  });

  it('a sender that died: its message is asked for, too', async () => {
    await enter(TO);
    const [claim] = await own.ledger.turn({ channel: 'sms', owner: 'dead', settlements: [], limit: 1 });
    const outcome = await smsDelivery(gateway, 3)(
      claim as NonNullable<typeof claim>,
      AbortSignal.timeout(SEND_TIMEOUT_MS),
    );
    expect(outcome.kind).toBe('sent');
    await own.ledger.expire('sms', 0);
    await becomes({ state: 'unknown', reason_code: 'sender-lost' });
    await inquiry.look();
    await becomes({ state: 'sent', gateway_id: sidOf(1) });
  });

  it('nobody listens: waits in the queue', async () => {
    await server.stop();
    await enter(TO);
    start();
    await becomes({ state: 'queued', reason_code: 'gateway-unreachable', reason_status: 'ECONNREFUSED' });
    await server.start();
    await becomes({ state: 'sent' });
  });

  it('at most so many a second', async () => {
    await enter(...Array.from({ length: 12 }, (_, index) => `+4917012345${index + 10}`));
    const retry = { firstDelayMs: 50, maxDelayMs: 50, giveUpAfterMs: 3_600_000 };
    const options = { connections: 4, sendTimeoutMs: SEND_TIMEOUT_MS, ratePerSecond: 10, retry };
    const beganAtMs = performance.now();
    sender = new Sender(
      { channel: 'sms', owner: 'slow', ...options, deliver: smsDelivery(gateway, 3) },
      own.ledger,
    );
    sender.start();
    await eventually(async () => expect(await own.states()).toEqual({ sent: 12 }), PATIENT);
    expect(performance.now() - beganAtMs).toBeGreaterThan(1_000);
  });
});
