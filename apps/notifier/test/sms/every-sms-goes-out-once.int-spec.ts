import { eventually } from '@orderstream/testing';
import type { Settlement } from '../../src/ledger/notification-ledger.ts';
import { settlementOf } from '../../src/sending/sending.rules.ts';
import { sidOf } from '../support/scripted-sms-gateway.ts';
import { PATIENT, TO, useSmsSending } from '../support/sms-sending.ts';

describe('SMS on real PostgreSQL and HTTP', () => {
  const sms = useSmsSending();
  const { own } = sms;

  it('taken: sent, with the gateway’s name of it; logged in, in parts, with our reference', async () => {
    await sms.enter(TO);
    sms.start();
    await sms.becomes({ state: 'sent', attempts: 1, gateway_id: sidOf(1) });
    expect(sms.server.kept).toMatchObject([{ to: TO, from: '+15005550006' }]);
    expect(sms.server.kept[0]?.body).toMatch(/is cancelled\. Ref\. [0-9A-Z]{10}$/);
    expect(sms.server.authorization).toBe(`Basic ${Buffer.from('AC0:secret').toString('base64')}`);
  });

  it('the gateway says no for good: failed with the numbers of its answer, not tried again', async () => {
    sms.server.script = () => ({ keep: false, status: 400, code: 21211 });
    await sms.enter(TO);
    sms.start();
    await sms.becomes({
      state: 'failed',
      attempts: 1,
      reason_code: 'recipient-refused',
      reason_status: '400 21211',
    });
  });

  it('it waited for long before it was first told "not now": the time counts from then on', async () => {
    sms.server.misbehave({ keep: false, status: 429 });
    await sms.enter(TO);
    await own.testDatabase.query(`UPDATE notifier.notifications SET created_at = now() - interval '9 days'`);
    sms.start();
    await sms.becomes({ state: 'sent', attempts: 2 });
  });

  it('the gateway was away between: the time in which it is told "not now" begins anew', async () => {
    await sms.enter(TO);
    await own.testDatabase.query(
      `UPDATE notifier.notifications SET deferred_since = now() - interval '9 days'`,
    );
    sms.server.misbehave({ keep: false, status: 401 }, { keep: false, status: 429 });
    sms.start();
    await sms.becomes({ state: 'sent', attempts: 3 });
  });

  it.each([
    ['a password', 401, 20003],
    ['a sender', 400, 21212],
  ])('%s it does not take: waits, and no message fails of it', async (_what, status, code) => {
    let isMended = false;
    sms.server.script = () => (isMended ? undefined : { keep: false, status, code });
    await sms.enter(TO);
    sms.start();
    await sms.becomes({
      state: 'queued',
      reason_code: 'gateway-refused',
      reason_status: `${status} ${code}`,
    });
    isMended = true;
    await sms.becomes({ state: 'sent' });
  });

  it('nobody listens: waits in the queue', async () => {
    await sms.server.stop();
    await sms.enter(TO);
    sms.start();
    await sms.becomes({ state: 'queued', reason_code: 'gateway-unreachable', reason_status: 'ECONNREFUSED' });
    await sms.server.start();
    await sms.becomes({ state: 'sent' });
  });

  it('at most so many a second', async () => {
    await sms.enter(...Array.from({ length: 12 }, (_, index) => `+4917012345${index + 10}`));
    const beganAtMs = performance.now();
    sms.start({ ratePerSecond: 10 });
    await eventually(async () => expect(await own.states()).toEqual({ sent: 12 }), PATIENT);
    expect(performance.now() - beganAtMs).toBeGreaterThan(1_000);
  });

  describe('whose gateway fails inside', () => {
    it('too many, then an error inside: tried again, and sent once', async () => {
      sms.server.misbehave({ keep: false, status: 429 }, { keep: false, status: 503 });
      await sms.enter(TO);
      sms.start();
      await sms.becomes({ state: 'sent', attempts: 3 });
      expect(sms.server.kept).toHaveLength(1);
    });

    it('it has the message: it is asked, and nothing is sent twice', async () => {
      sms.server.misbehave({ keep: true, status: 500 });
      await sms.enter(TO);
      sms.start();
      await sms.becomes({ state: 'sent', attempts: 2, gateway_id: sidOf(1) });
      expect(sms.server.kept).toHaveLength(1);
    });

    it.each([429, 401])('it has the message, then %d: still asked, not sent twice', async (status) => {
      const troubles = [
        { keep: true, status: 500 },
        { keep: false, status },
      ];
      // It does not list the message at once.
      sms.server.pageSize = 0;
      sms.server.hidesRest = true;
      sms.server.script = () => {
        const trouble = troubles.shift();
        if (troubles.length === 0) sms.server.pageSize = Infinity;
        return trouble;
      };
      await sms.enter(TO);
      sms.start();
      await sms.becomes({ state: 'sent', attempts: 3, gateway_id: sidOf(1) });
      expect(sms.server.kept).toHaveLength(1);
    });

    it('it has the message, and then the claim came too late: still asked, not sent twice', async () => {
      sms.server.misbehave({ keep: true, status: 500 });
      await sms.enter(TO);
      const take = () => own.ledger.turn({ channel: 'sms', owner: 'me', settlements: [], limit: 1 });
      const settle = (settlement: Settlement) =>
        own.ledger.turn({ channel: 'sms', owner: 'me', settlements: [settlement], limit: 0 });
      const rules = { firstDelayMs: 0, maxDelayMs: 0, giveUpAfterMs: 3_600_000 };
      for (const claim of await take()) await settle(settlementOf(claim, await sms.deliver(claim), rules, 0));
      const [second] = await take();
      const id = second?.notification_id ?? '';
      await settle({ notification_id: id, attempts: 2, state: 'queued', delayMs: 0, reason: undefined });
      sms.start();
      await sms.becomes({ state: 'sent', attempts: 3, gateway_id: sidOf(1) });
      expect(sms.server.kept).toHaveLength(1);
    });

    it('for longer than is waited: unknown, not failed', async () => {
      sms.server.script = () => ({ keep: false, status: 500 });
      await sms.enter(TO);
      sms.start({ giveUpAfterMs: 200 });
      await sms.becomes({ state: 'unknown', reason_code: 'gave-up', reason_status: '500' });
    });

    it('it has more messages to the number than it lists: unknown, not sent again', async () => {
      sms.server.misbehave({ keep: true, status: 500 });
      sms.server.pageSize = 0;
      await sms.enter(TO);
      sms.start();
      await sms.becomes({ state: 'unknown', attempts: 2, reason_code: 'gateway-error' });
      expect(sms.server.kept).toHaveLength(1);
      expect(sms.server.days).toEqual([null, expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
    });

    it('it does not say whether it has the messages: it counts as away, and nothing is sent twice', async () => {
      // Two failures, and so what comes of the questions makes the third.
      sms.server.misbehave({ keep: true, status: 500 }, { keep: true, status: 500 });
      sms.server.answersQuestions = false;
      await sms.enter(TO, '+491701234568');
      sms.start();
      await eventually(
        () => expect(sms.sender?.describe()).toMatchObject({ gateway: 'does not take messages' }),
        PATIENT,
      );
      await eventually(async () => {
        const reasons = (await own.rows()).map(({ state, reason_code }) => `${state} ${reason_code}`);
        expect(reasons).toEqual(['queued gateway-unreachable', 'queued gateway-unreachable']);
      }, PATIENT);
      sms.server.answersQuestions = true;
      await eventually(async () => expect(await own.states()).toEqual({ sent: 2 }), PATIENT);
      expect(sms.server.kept).toHaveLength(2);
      const names = (await own.rows()).map(({ gateway_id }) => gateway_id);
      expect(names.sort()).toEqual([sidOf(1), sidOf(2)]);
    });
  });
});
