import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { eventually } from '@orderstream/testing';
import { planNotifications } from '../../src/intake/plan-notifications.rules.ts';
import { LookupLedger } from '../../src/ledger/lookup-ledger.ts';
import { Sender } from '../../src/sending/sender.ts';
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
const SEND_TIMEOUT_MS = 500;

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
    const client = new TwilioClient({
      url: server.url,
      accountSid: 'AC0',
      authToken: 'secret',
      connections: 4,
      answerTimeoutMs: SEND_TIMEOUT_MS,
    });
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
  const start = (): void => {
    const retry = { firstDelayMs: 50, maxDelayMs: 50, giveUpAfterMs: 3_600_000 };
    const owner = `test:${randomBytes(4).toString('hex')}`;
    const deliver = smsDelivery(gateway, 3);
    const options = { connections: 4, sendTimeoutMs: SEND_TIMEOUT_MS, ratePerSecond: 0, retry, deliver };
    sender = new Sender({ channel: 'sms', owner, ...options }, own.ledger);
    sender.start();
  };
  const becomes = async (expected: Partial<LedgerRow> & { gateway_id?: string | null }): Promise<void> => {
    await eventually(async () => expect(await own.rows()).toMatchObject([expected]), { deadlineMs: 15_000 });
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

  it('a password it does not take: waits, and no message fails of it', async () => {
    let isMended = false;
    server.script = () => (isMended ? undefined : { keep: false, status: 401, code: 20003 });
    await enter(TO);
    start();
    await becomes({ state: 'queued', reason_code: 'gateway-refused', reason_status: '401 20003' });
    isMended = true;
    await becomes({ state: 'sent' });
  });

  it.each(['drop', 'hang'] as const)('taken, then %s: unknown; asked, and settled', async (then) => {
    const troubles = [{ keep: true, then }];
    server.script = () => troubles.shift();
    await enter(TO);
    start();
    await becomes({ state: 'unknown', attempts: 1 });
    await inquiry.look();
    await becomes({ state: 'sent', gateway_id: sidOf(1), reason_code: null });
    expect(server.kept).toHaveLength(1);
  });

  it('not taken, and then silence: asked, not there, stays unknown, and is never sent by itself', async () => {
    const troubles = [{ keep: false, then: 'hang' as const }];
    server.script = () => troubles.shift();
    await enter(TO);
    start();
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

  it('a sender that died: its message is asked for, too', async () => {
    await enter(TO);
    const [claim] = await own.ledger.turn({ channel: 'sms', owner: 'dead', settlements: [], limit: 1 });
    const outcome = await smsDelivery(gateway, 3)(
      claim as NonNullable<typeof claim>,
      AbortSignal.timeout(5_000),
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
    await eventually(async () => expect(await own.states()).toEqual({ sent: 12 }), { deadlineMs: 15_000 });
    expect(performance.now() - beganAtMs).toBeGreaterThan(1_000);
  });
});
