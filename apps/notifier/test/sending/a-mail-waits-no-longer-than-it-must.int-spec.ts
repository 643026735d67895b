import { eventually } from '@orderstream/testing';
import { PATIENT, useMailSending } from '../support/mail-sending.ts';

/** A look comes each second: what takes less, at its best, did not wait for one. A busy machine may hold up some of them. */
const AT_ONCE_MS = 900;
const ROUNDS = [1, 2, 3, 4, 5];
/** Given up after longer than a test waits: whatever is held by one mail that long holds up all. */
const NEVER_MS = 60_000;

describe('a mail that waits, on real PostgreSQL and SMTP', () => {
  const mail = useMailSending();
  const { own } = mail;

  const mailed = (count: number) => eventually(() => mail.server.mails.length === count, { intervalMs: 2 });
  const timed = async (wait: () => Promise<unknown>): Promise<number> => {
    const beganAtMs = performance.now();
    await wait();
    return performance.now() - beganAtMs;
  };

  it('started while something waits: sent at once, not at the next look', async () => {
    const times: number[] = [];
    for (const round of ROUNDS) {
      await own.enqueue(1);
      const { stop } = mail.start();
      times.push(await timed(() => mailed(round)));
      await stop();
    }
    expect(Math.min(...times)).toBeLessThan(AT_ONCE_MS);
  });

  it('rung after a commit: sent at once, not at the next look', async () => {
    const { sender } = mail.start();
    await own.enqueue(1);
    await mail.allAre({ sent: 1 });
    const times: number[] = [];
    for (const round of ROUNDS) {
      await own.enqueue(1);
      sender.wake();
      times.push(await timed(() => mailed(1 + round)));
    }
    expect(Math.min(...times)).toBeLessThan(AT_ONCE_MS);
  });

  it('put off for a moment: tried again when it is due, not at the next look', async () => {
    const { sender } = mail.start({ retryDelayMs: 50 });
    const times: number[] = [];
    for (const round of ROUNDS) {
      let refusedAtMs = 0;
      mail.server.script = ({ step }) => {
        if (step !== 'RCPT' || refusedAtMs > 0) return undefined;
        refusedAtMs = performance.now();
        return { say: '450 4.2.1 later' };
      };
      await own.enqueue(1);
      sender.wake();
      await mailed(round);
      times.push(performance.now() - refusedAtMs);
      await mail.allAre({ sent: round });
    }
    expect(Math.min(...times)).toBeLessThan(AT_ONCE_MS);
  });

  describe('trouble about one recipient', () => {
    it('told "not now" about one recipient: that one is tried again and again, and the others are not held up', async () => {
      await own.enqueue(10);
      let isTaken = false;
      mail.server.script = ({ step, to }) =>
        step === 'RCPT' && to === 'customer-0@example.com' && !isTaken
          ? { say: '450 4.2.1 later' }
          : undefined;
      mail.start({ connections: 1, sendTimeoutMs: NEVER_MS });
      await eventually(async () => expect(await own.states()).toMatchObject({ sent: 9 }), PATIENT);
      await eventually(async () => expect((await own.rows())[0]?.attempts).toBeGreaterThan(3), PATIENT);
      isTaken = true;
      await mail.allAre({ sent: 10 });
      expect((await own.rows())[0]).toMatchObject({ reason_code: null, reason_status: null });
      expect(mail.server.mails).toHaveLength(10);
    });

    it('silence about one recipient: the others go out meanwhile', async () => {
      await own.enqueue(30);
      mail.server.script = ({ step, to }) =>
        step === 'RCPT' && to === 'customer-0@example.com' ? 'hang' : undefined;
      mail.start({ connections: 3, sendTimeoutMs: NEVER_MS });
      await mail.allAre({ sending: 1, sent: 29 });
      expect((await own.rows())[0]).toMatchObject({ state: 'sending', attempts: 1 });
      mail.server.script = () => undefined;
      await mail.server.stop();
      await mail.server.start();
      await mail.allAre({ sent: 30 });
      expect(mail.server.mails).toHaveLength(30);
    });

    it('told "never": failed with the numbers of the answer, not tried again', async () => {
      await own.enqueue(3);
      mail.server.script = ({ step, to }) =>
        step === 'RCPT' && to === 'customer-1@example.com'
          ? { say: '550 5.1.1 <customer-1@example.com>?' }
          : undefined;
      mail.start();
      await mail.allAre({ sent: 2, failed: 1 });
      expect((await own.rows())[1]).toMatchObject({
        state: 'failed',
        attempts: 1,
        reason_code: 'recipient-refused',
        reason_status: '550 5.1.1',
      });
    });
  });

  describe('a gateway that takes nothing', () => {
    it('it is away: everything waits in the queue, and goes out once it is back, nothing twice', async () => {
      await mail.server.stop();
      await own.enqueue(100);
      const { sender } = mail.start();
      await eventually(() => expect(sender.describe()).toMatchObject({ gateway: 'does not take messages' }));
      await own.enqueue(50);
      // One for each connection before it counts as away, and three probes.
      await eventually(async () => {
        const attempts = (await own.rows()).map((row) => row.attempts);
        expect(attempts.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(7);
      }, PATIENT);
      expect((await own.states())['sent']).toBeUndefined();
      await mail.server.start();
      await mail.allAre({ sent: 150 });
      expect(mail.timesCaught()).toEqual(Array.from({ length: 150 }, () => 1));
      expect(sender.describe()).toMatchObject({ gateway: 'answers' });
      // A few probes, not an attempt of every mail.
      const tried = (await own.rows()).filter(({ attempts }) => attempts > 1);
      expect(tried.length).toBeLessThan(20);
    });

    it('it dies of every message: most of the queue stays queued', async () => {
      await own.enqueue(200);
      mail.server.script = ({ step }) => (step === 'message' ? 'drop' : undefined);
      const { sender } = mail.start();
      await eventually(() => expect(sender.describe()).toMatchObject({ gateway: 'does not take messages' }));
      const doubtful = (await own.states())['unknown'] ?? 0;
      expect(doubtful).toBeLessThan(20);
      mail.server.script = () => undefined;
      await eventually(async () => {
        const { sent = 0, unknown = 0 } = await own.states();
        expect(sent + unknown).toBe(200);
      }, PATIENT);
      expect(Math.max(...mail.timesCaught())).toBe(1);
    });
  });
});
