import { eventually } from '@orderstream/testing';
import { LookupLedger } from '../../src/ledger/lookup-ledger.ts';
import type { ClaimedNotification } from '../../src/ledger/notification.ts';
import { sidOf } from '../support/scripted-sms-gateway.ts';
import { PATIENT, TO, useSmsSending } from '../support/sms-sending.ts';

const OTHER = '+491701234568';
/** For a gateway that keeps silent, where the time passes. */
const SHORT_TIMEOUT_MS = 3_000;

describe('SMS of unknown outcome, on real PostgreSQL and HTTP', () => {
  const sms = useSmsSending();
  const { own } = sms;

  it.each([502, 504])(
    'a proxy answers %d although the gateway has it: unknown, asked, not sent twice',
    async (status) => {
      sms.server.misbehave({ keep: true, status });
      await sms.enter(TO);
      sms.start();
      await sms.becomes({
        state: 'unknown',
        attempts: 1,
        reason_code: 'answer-lost',
        reason_status: `${status}`,
      });
      await sms.inquiry().look();
      await sms.becomes({ state: 'sent', attempts: 1, gateway_id: sidOf(1) });
      expect(sms.server.kept).toHaveLength(1);
    },
  );

  it('taken, and then the connection breaks: unknown; asked, and settled', async () => {
    sms.server.misbehave({ keep: true, then: 'drop' });
    await sms.enter(TO);
    sms.start();
    await sms.becomes({ state: 'unknown', attempts: 1 });
    await sms.inquiry().look();
    await sms.becomes({ state: 'sent', gateway_id: sidOf(1), reason_code: null });
    expect(sms.server.kept).toHaveLength(1);
  });

  it('silence, of one that is taken and of one that is not: asked; the other stays unknown, and is never sent by itself', async () => {
    sms.server.script = (to) => ({ keep: to === TO, then: 'hang' });
    await sms.enter(TO, OTHER);
    sms.start({ sendTimeoutMs: SHORT_TIMEOUT_MS });
    await eventually(async () => expect(await own.states()).toEqual({ unknown: 2 }), PATIENT);
    const silent = { state: 'unknown', reason_code: 'answer-timeout', attempts: 1 };
    expect(await own.rows()).toMatchObject([silent, silent]);
    sms.server.script = () => undefined;
    const inquiry = sms.inquiry();
    await inquiry.look();
    expect(await own.rows()).toMatchObject([
      { recipient: TO, state: 'sent', gateway_id: sidOf(1), reason_code: null },
      { recipient: OTHER, state: 'unknown', reason_code: 'not-at-gateway', attempts: 1 },
    ]);
    // Not at once again: the gateway is not to be asked all the time.
    await inquiry.look();
    expect(sms.server.questions).toBe(2);
    expect(sms.server.kept).toMatchObject([{ to: TO }]);
  });

  it('a sender that died: its message is asked for, too', async () => {
    await sms.enter(TO);
    const [claim] = await own.ledger.turn({ channel: 'sms', owner: 'dead', settlements: [], limit: 1 });
    const outcome = await sms.deliver(claim as ClaimedNotification);
    expect(outcome.kind).toBe('sent');
    await own.ledger.expire('sms', 0);
    await sms.becomes({ state: 'unknown', reason_code: 'sender-lost' });
    await sms.inquiry().look();
    await sms.becomes({ state: 'sent', gateway_id: sidOf(1) });
  });

  describe('whose connections break', () => {
    beforeEach(() => {
      sms.server.script = () => ({ keep: true, then: 'drop' });
    });

    it('the gateway cannot be asked: asked again later, as if it had not been', async () => {
      sms.server.answersQuestions = false;
      await sms.enter(TO);
      sms.start();
      await sms.becomes({ state: 'unknown' });
      await sms.inquiry().look();
      const lookups = await own.testDatabase.query(
        'SELECT lookups, next_lookup_at > now() AS later FROM notifier.notifications',
      );
      expect(lookups).toEqual([{ lookups: 0, later: true }]);
      expect(await own.rows()).toMatchObject([{ state: 'unknown', reason_code: 'answer-lost' }]);
    });

    it('the gateway fails whenever it is asked about one of them: the others are asked about all the same', async () => {
      await sms.enter(TO, OTHER, '+491701234569');
      sms.start();
      await eventually(async () => expect(await own.states()).toEqual({ unknown: 3 }), PATIENT);
      sms.server.failsAboutFirst = true;
      const inquiry = sms.inquiry();
      await inquiry.look();
      expect(sms.server.questions).toBe(1);
      await own.testDatabase.query(
        `UPDATE notifier.notifications SET next_lookup_at = next_lookup_at - interval '10 s'`,
      );
      await inquiry.look();
      // Not again about the first one, whose turn comes after the others'.
      expect(sms.server.questions).toBe(3);
      expect(await own.states()).toEqual({ sent: 2, unknown: 1 });
    });

    it('who was erased while the gateway was asked, in vain: is not asked about again', async () => {
      await sms.enter(TO);
      sms.start();
      await sms.becomes({ state: 'unknown' });
      const lookups = new LookupLedger(own.database);
      const taken = await lookups.take({ channel: 'sms', limit: 20, againAfterMs: 0, times: 11 });
      const ids = taken.map(({ notification_id }) => notification_id);
      expect(ids).toHaveLength(1);
      await own.testDatabase.query(
        `UPDATE notifier.notifications SET recipient = NULL, data = '{}', erased_at = now(), next_lookup_at = NULL`,
      );
      await lookups.giveBack(ids, 0);
      const rows = await own.testDatabase.query('SELECT next_lookup_at FROM notifier.notifications');
      expect(rows).toEqual([{ next_lookup_at: null }]);
    });

    it('who was erased, whatever the row says: is not asked about', async () => {
      await sms.enter(TO);
      sms.start();
      await sms.becomes({ state: 'unknown' });
      await own.testDatabase.query(
        'UPDATE notifier.notifications SET recipient = NULL, erased_at = now(), next_lookup_at = now()',
      );
      await sms.inquiry().look();
      expect(sms.server.questions).toBe(0);
    });

    it('more messages to one number than are listed: the others are asked for, and this one not for ever', async () => {
      await sms.enter(TO, TO, OTHER);
      sms.start();
      await eventually(async () => expect(await own.states()).toEqual({ unknown: 3 }), PATIENT);
      sms.server.pageSize = 1;
      await sms.inquiry().look();
      const rows = await own.testDatabase.query<{ recipient: string; state: string; lookups: number }>(
        'SELECT recipient, state, lookups FROM notifier.notifications ORDER BY state, recipient',
      );
      expect(rows).toEqual([
        { recipient: TO, state: 'sent', lookups: 0 },
        { recipient: OTHER, state: 'sent', lookups: 0 },
        { recipient: TO, state: 'unknown', lookups: 1 },
      ]);
    });

    it('stops while the gateway hangs: the question is broken off, and does not count', async () => {
      await sms.enter(TO, OTHER);
      sms.start();
      await eventually(async () => expect(await own.states()).toEqual({ unknown: 2 }), PATIENT);
      sms.server.answersQuestions = 'never';
      const inquiry = sms.inquiry({ answerTimeoutMs: 60_000 });
      const looking = inquiry.look();
      await eventually(() => expect(sms.server.questions).toBe(1));
      await inquiry.stop();
      await looking;
      expect(sms.server.questions).toBe(1);
      const lookups = await own.testDatabase.query('SELECT lookups FROM notifier.notifications');
      expect(lookups).toEqual([{ lookups: 0 }, { lookups: 0 }]);
    });
  });
});
