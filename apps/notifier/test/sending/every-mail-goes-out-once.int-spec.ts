import { eventually } from '@orderstream/testing';
import { PATIENT, useMailSending } from '../support/mail-sending.ts';

describe('the sender on real PostgreSQL and SMTP', () => {
  const mail = useMailSending();
  const { own } = mail;

  it('many mails, three senders side by side: each mail once, to its own recipient', async () => {
    await own.enqueue(300);
    mail.start();
    mail.start();
    mail.start();
    await mail.allAre({ sent: 300 });
    const rows = await own.rows();
    expect(rows.every(({ attempts }) => attempts === 1)).toBe(true);
    const caught = mail.server.mails.map(({ messageId, to }) => `${messageId} ${to.join()}`).sort();
    expect(caught).toEqual(rows.map(({ message_id, recipient }) => `${message_id} ${recipient}`).sort());
  });

  it('the connection breaks after the message: unknown, listed with its reason, never handed over again', async () => {
    await own.enqueue(1);
    mail.server.script = ({ step }) => (step === 'message' ? 'drop' : undefined);
    mail.start();
    await mail.allAre({ unknown: 1 });
    mail.server.script = () => undefined;
    await own.enqueue(20);
    await mail.allAre({ unknown: 1, sent: 20 });
    expect((await own.rows())[0]).toMatchObject({ reason_code: 'answer-lost', attempts: 1 });
    expect(mail.server.mails).toHaveLength(21);
  });

  it('a sender died with mails in its hands: they become unknown when the lease is over, and are not sent', async () => {
    await own.enqueue(5);
    const dead = await own.ledger.turn({ channel: 'email', owner: 'dead', settlements: [], limit: 3 });
    expect(dead).toHaveLength(3);
    mail.start();
    await mail.allAre({ sent: 2, sending: 3 });
    await own.testDatabase.query(
      `UPDATE notifier.notifications SET claimed_at = claimed_at - interval '1 hour' WHERE state = 'sending'`,
    );
    await mail.allAre({ sent: 2, unknown: 3 });
    const ids = dead.map(({ notification_id }) => notification_id);
    const doubtful = (await own.rows()).filter(({ state }) => state === 'unknown');
    expect(doubtful.map(({ notification_id }) => notification_id).sort()).toEqual(ids.sort());
    expect(doubtful.every(({ reason_code }) => reason_code === 'sender-lost')).toBe(true);
    expect(mail.server.mails).toHaveLength(2);
  });

  it('a claim is committed after it was taken for lost: its mails are queued again, surely unsent, and go out', async () => {
    const { owner } = mail.start();
    await own.enqueue(1);
    await mail.allAre({ sent: 1 });
    // Nothing rings: at the next look they are in the hands of a sender that does not know of them.
    await own.enqueue(3);
    await own.ledger.turn({ channel: 'email', owner, settlements: [], limit: 3 });
    await mail.allAre({ sent: 4 });
    expect(mail.timesCaught()).toEqual([1, 1, 1, 1]);
  });

  it('stopped in the midst of sending: what is under way is finished and written, the rest stays queued', async () => {
    await own.enqueue(200);
    mail.server.answerDelayMs = 30;
    const { stop } = mail.start();
    await eventually(() => mail.server.mails.length > 20);
    await stop();
    const states = await own.states();
    expect(Object.keys(states).sort()).toEqual(['queued', 'sent']);
    expect(states['sent']).toBe(mail.server.mails.length);
  });

  it('loses its database connections again and again: every mail once, and none in doubt', async () => {
    await own.enqueue(400);
    mail.server.answerDelayMs = 5;
    mail.start();
    for (const milestone of [50, 120, 190, 260]) {
      await eventually(() => mail.server.mails.length >= milestone, PATIENT);
      await own.testDatabase.terminateConnections('notifier');
    }
    await mail.allAre({ sent: 400 });
    expect(mail.timesCaught()).toEqual(Array.from({ length: 400 }, () => 1));
  });
});
