import { eventually } from '@orderstream/testing';
import { ScriptedSmtpServer } from '../support/scripted-smtp-server.ts';
import { testLedger, type TestLedger } from '../support/test-ledger.ts';
import { testSender, type TestSender } from '../support/test-sender.ts';

const PATIENT = { deadlineMs: 40_000 };

describe('the sender on real PostgreSQL and SMTP', () => {
  let own: TestLedger;
  let server: ScriptedSmtpServer;
  let senders: TestSender[];

  beforeAll(async () => {
    own = await testLedger();
  });
  beforeEach(async () => {
    await own.empty();
    server = await new ScriptedSmtpServer().start();
    senders = [];
  });
  afterEach(async () => {
    await Promise.all(senders.map((each) => each.stop()));
    await server.stop();
  });
  afterAll(() => own.close());

  const start = (options: { connections?: number; sendTimeoutMs?: number; retryDelayMs?: number } = {}) => {
    const each = testSender({ url: server.url, ledger: own.ledger, ...options });
    senders.push(each);
    return each;
  };
  const allAre = (expected: Record<string, number>) =>
    eventually(async () => expect(await own.states()).toEqual(expected), PATIENT);
  const timesCaught = (): Map<string, number> => {
    const times = new Map<string, number>();
    for (const { messageId } of server.mails) times.set(messageId, (times.get(messageId) ?? 0) + 1);
    return times;
  };

  it('many mails, three senders side by side: each mail once, to its own recipient', async () => {
    await own.enqueue(300);
    start();
    start();
    start();
    await allAre({ sent: 300 });
    const rows = await own.rows();
    expect(rows.every(({ attempts }) => attempts === 1)).toBe(true);
    const caught = server.mails.map(({ messageId, to }) => `${messageId} ${to.join()}`).sort();
    expect(caught).toEqual(rows.map(({ message_id, recipient }) => `${message_id} ${recipient}`).sort());
  });

  it('rung after a commit: sent at once, not at the next look', async () => {
    const { sender } = start();
    await own.enqueue(1);
    await allAre({ sent: 1 });
    const times: number[] = [];
    for (let round = 2; round <= 6; round += 1) {
      await own.enqueue(1);
      const rungAtMs = performance.now();
      sender.wake();
      await eventually(() => server.mails.length === round, { intervalMs: 2 });
      times.push(performance.now() - rungAtMs);
    }
    expect(Math.min(...times)).toBeLessThan(500);
  });

  it('the gateway is away: everything waits in the queue, and goes out once it is back, nothing twice', async () => {
    await server.stop();
    await own.enqueue(100);
    const { sender } = start();
    await eventually(() => expect(sender.describe()).toMatchObject({ gateway: 'does not take messages' }));
    await own.enqueue(50);
    await eventually(async () => {
      const attempts = (await own.rows()).map((row) => row.attempts);
      expect(attempts.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(7);
    }, PATIENT);
    expect((await own.states())['sent']).toBeUndefined();
    await server.start();
    await allAre({ sent: 150 });
    expect([...timesCaught().values()]).toEqual(Array.from({ length: 150 }, () => 1));
    expect(sender.describe()).toMatchObject({ gateway: 'answers' });
    // An outage costs a few probes, not an attempt of every mail.
    const tried = (await own.rows()).filter(({ attempts }) => attempts > 1);
    expect(tried.length).toBeLessThan(20);
  });

  it('the connection breaks after the message: unknown, listed with its reason, never handed over again', async () => {
    await own.enqueue(1);
    server.script = ({ step }) => (step === 'message' ? 'drop' : undefined);
    start();
    await allAre({ unknown: 1 });
    server.script = () => undefined;
    await own.enqueue(20);
    await allAre({ unknown: 1, sent: 20 });
    expect((await own.rows())[0]).toMatchObject({ reason_code: 'answer-lost', attempts: 1 });
    expect(server.mails).toHaveLength(21);
  });

  it('a gateway that dies of every message: most of the queue stays queued', async () => {
    await own.enqueue(200);
    server.script = ({ step }) => (step === 'message' ? 'drop' : undefined);
    const { sender } = start();
    await eventually(() => expect(sender.describe()).toMatchObject({ gateway: 'does not take messages' }));
    const doubtful = (await own.states())['unknown'] ?? 0;
    expect(doubtful).toBeLessThan(20);
    server.script = () => undefined;
    await eventually(async () => {
      const { sent = 0, unknown = 0 } = await own.states();
      expect(sent + unknown).toBe(200);
    }, PATIENT);
    expect(Math.max(...timesCaught().values())).toBe(1);
  });

  it('told "not now" about one recipient: that one is tried again and again, and the others are not held up', async () => {
    await own.enqueue(10);
    let isTaken = false;
    server.script = ({ step, to }) =>
      step === 'RCPT' && to === 'customer-0@example.com' && !isTaken ? { say: '450 4.2.1 later' } : undefined;
    // One connection, given up after longer than the test waits: whatever holds it for that recipient holds up all.
    start({ connections: 1, sendTimeoutMs: 60_000 });
    await eventually(async () => expect(await own.states()).toMatchObject({ sent: 9 }), PATIENT);
    await eventually(async () => expect((await own.rows())[0]?.attempts).toBeGreaterThan(3), PATIENT);
    isTaken = true;
    await allAre({ sent: 10 });
    expect((await own.rows())[0]).toMatchObject({ reason_code: null, reason_status: null });
    expect(server.mails).toHaveLength(10);
  });

  it('silence about one recipient: the others go out meanwhile', async () => {
    await own.enqueue(30);
    server.script = ({ step, to }) =>
      step === 'RCPT' && to === 'customer-0@example.com' ? 'hang' : undefined;
    // Longer than the test waits.
    start({ connections: 3, sendTimeoutMs: 60_000 });
    await allAre({ sending: 1, sent: 29 });
    expect((await own.rows())[0]).toMatchObject({ state: 'sending', attempts: 1 });
    server.script = () => undefined;
    await server.stop();
    await server.start();
    await allAre({ sent: 30 });
    expect(server.mails).toHaveLength(30);
  });

  it('told "never": failed with the numbers of the answer, not tried again', async () => {
    await own.enqueue(3);
    server.script = ({ step, to }) =>
      step === 'RCPT' && to === 'customer-1@example.com'
        ? { say: '550 5.1.1 <customer-1@example.com>?' }
        : undefined;
    start();
    await allAre({ sent: 2, failed: 1 });
    expect((await own.rows())[1]).toMatchObject({
      state: 'failed',
      attempts: 1,
      reason_code: 'recipient-refused',
      reason_status: '550 5.1.1',
    });
  });

  it('a sender died with mails in its hands: they become unknown when the lease is over, and are not sent', async () => {
    await own.enqueue(5);
    const dead = await own.ledger.turn({ channel: 'email', owner: 'dead', settlements: [], limit: 3 });
    expect(dead).toHaveLength(3);
    // The lease is 13 s then: time enough to see the three while it lasts.
    start({ sendTimeoutMs: 4_000 });
    await allAre({ sent: 2, sending: 3 });
    await allAre({ sent: 2, unknown: 3 });
    const ids = dead.map(({ notification_id }) => notification_id);
    const doubtful = (await own.rows()).filter(({ state }) => state === 'unknown');
    expect(doubtful.map(({ notification_id }) => notification_id).sort()).toEqual(ids.sort());
    expect(doubtful.every(({ reason_code }) => reason_code === 'sender-lost')).toBe(true);
    expect(server.mails).toHaveLength(2);
  });

  it('stopped in the midst of sending: what is under way is finished and written, the rest stays queued', async () => {
    await own.enqueue(200);
    server.answerDelayMs = 30;
    const { stop } = start();
    await eventually(() => server.mails.length > 20);
    await stop();
    const states = await own.states();
    expect(Object.keys(states).sort()).toEqual(['queued', 'sent']);
    expect(states['sent']).toBe(server.mails.length);
  });

  it('loses its database connections again and again: every mail once, and none in doubt', async () => {
    await own.enqueue(400);
    server.answerDelayMs = 5;
    start();
    for (const milestone of [50, 120, 190, 260]) {
      await eventually(() => server.mails.length >= milestone, PATIENT);
      await own.testDatabase.terminateConnections('notifier');
    }
    await allAre({ sent: 400 });
    expect([...timesCaught().values()]).toEqual(Array.from({ length: 400 }, () => 1));
  });
});
