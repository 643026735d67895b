import { uuidv7 } from '@orderstream/events';
import type { ToldEvent } from '../../src/intake/messages.rules.ts';
import { planNotifications } from '../../src/intake/plan-notifications.rules.ts';
import type { ClaimedNotification } from '../../src/ledger/notification.ts';
import type { Settlement } from '../../src/ledger/notification-ledger.ts';
import { CLAIM } from '../../src/ledger/statements.ts';
import { confirmation } from '../support/confirmation.ts';
import { cancellation, paid, registration, suspicion } from '../support/events.ts';
import { NOBODY, PLAN } from '../support/planning.ts';
import { MailSending } from '../support/mail-sending.ts';
import { useTestLedger } from '../support/test-ledger.ts';

const ADA = 'ada@example.com';
const HOUR_MS = 3_600_000;

/** What of PostgreSQL's EXPLAIN is looked at. */
interface PlanNode {
  readonly Alias?: string;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

function nodesOf(plan: PlanNode | undefined): PlanNode[] {
  return plan === undefined ? [] : [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

describe('the messages of one order, on real PostgreSQL', () => {
  const own = useTestLedger();
  let order: string;

  beforeEach(() => {
    order = uuidv7();
  });

  const enter = async (...events: ToldEvent[]): Promise<void> => {
    const planned = events.flatMap((event) => planNotifications(event, NOBODY, PLAN));
    await own.database.transaction((tx) => own.ledger.add(tx, planned));
  };
  const turn = (limit: number, ...settlements: Settlement[]) =>
    own.ledger.turn({ channel: 'email', owner: 'a', settlements, limit });
  const end = (
    claim: ClaimedNotification | undefined,
    state: Settlement['state'],
    delayMs = 0,
  ): Settlement => ({
    notification_id: claim?.notification_id ?? '',
    attempts: claim?.attempts ?? 0,
    state,
    delayMs,
    reason: state === 'sent' ? undefined : { code: 'message-refused' },
  });
  const templates = (claims: readonly ClaimedNotification[]): string[] =>
    claims.map(({ template }) => template);

  it('several are due: one claim gets the earliest only, and those of other orders', async () => {
    await enter(confirmation(ADA, order), paid(order, { email: ADA }), cancellation(order, { email: ADA }));
    await enter(confirmation(ADA));
    expect(templates(await turn(10))).toEqual(['order-confirmed', 'order-confirmed']);
  });

  it('they were entered the other way round: what happened first goes first', async () => {
    const at = (second: number) => ({ timestamp: `2026-06-13T10:00:0${second}.000Z` });
    await enter({ ...cancellation(order, { email: ADA }), ...at(2) });
    await enter({ ...confirmation(ADA, order), ...at(1) });
    expect(templates(await turn(10))).toEqual(['order-confirmed']);
  });

  it('the earlier one is put off: the later one waits, and can be claimed in the turn that settles the earlier', async () => {
    await enter(confirmation(ADA, order), paid(order, { email: ADA }));
    const [first] = await turn(10);
    expect(await turn(10, end(first, 'queued', HOUR_MS))).toEqual([]);
    await own.testDatabase.query('UPDATE notifier.notifications SET next_attempt_at = now()');
    const [again] = await turn(10);
    expect(again).toMatchObject({ template: 'order-confirmed', attempts: 2 });
    expect(templates(await turn(10, end(again, 'sent')))).toEqual(['payment-receipt']);
  });

  it.each(['sent', 'failed', 'unknown', 'suppressed'])(
    'the earlier one is %s: the later one does not wait for it',
    async (state) => {
      await enter(confirmation(ADA, order), paid(order, { email: ADA }));
      await own.testDatabase.query(
        `UPDATE notifier.notifications SET state = $1, next_attempt_at = NULL WHERE template = 'order-confirmed'`,
        [state],
      );
      expect(templates(await turn(10))).toEqual(['payment-receipt']);
    },
  );

  it('another sender claims the earlier one and has not committed: the later one is not claimed', async () => {
    await enter(confirmation(ADA, order), paid(order, { email: ADA }));
    await own.database.transaction(async (tx) => {
      const { rows } = await tx.query<ClaimedNotification>(CLAIM, ['email', 'b', 10]);
      expect(templates(rows)).toEqual(['order-confirmed']);
      expect(await turn(10)).toEqual([]);
    });
    expect(await turn(10)).toEqual([]);
  });

  it('another sender settles the earlier one and has not committed: the later one is not claimed', async () => {
    await enter(confirmation(ADA, order), paid(order, { email: ADA }));
    expect(templates(await turn(10))).toEqual(['order-confirmed']);
    await own.database.transaction(async (tx) => {
      await tx.query(`UPDATE notifications SET state = 'queued', next_attempt_at = now() + interval '1 hour'
                       WHERE state = 'sending'`);
      expect(await turn(10)).toEqual([]);
    });
    expect(await turn(10)).toEqual([]);
  });

  it('to another recipient, by another channel, or about no order: nobody waits', async () => {
    const contact = { email: 'bob@example.com', phone: '+491701234567' };
    await enter(confirmation(ADA, order), cancellation(order, contact));
    await enter(suspicion(), suspicion(), registration(), registration({ user_id: 'c-2' }));
    expect(await turn(10)).toHaveLength(6);
    const sms = await own.ledger.turn({ channel: 'sms', owner: 'a', settlements: [], limit: 10 });
    expect(templates(sms)).toEqual(['order-cancelled']);
  });

  it('the earlier one is put off: what waits for it, or is entered then, is not looked at before it is due', async () => {
    await enter(confirmation(ADA, order), paid(order, { email: ADA }));
    const [first] = await turn(10);
    await turn(0, end(first, 'queued', HOUR_MS));
    await enter(cancellation(order, { email: ADA }));
    const due = await own.testDatabase.query(
      `SELECT template, next_attempt_at = (SELECT next_attempt_at FROM notifier.notifications ORDER BY notification_id LIMIT 1) AS together
         FROM notifier.notifications ORDER BY notification_id`,
    );
    expect(due).toEqual([
      { template: 'order-confirmed', together: true },
      { template: 'payment-receipt', together: true },
      { template: 'order-cancelled', together: true },
    ]);
  });

  it('an order has hundreds of messages, half of them sent: whether one has to wait is one look at the one before it', async () => {
    await own.enqueue(500);
    await own.testDatabase.query(
      `UPDATE notifier.notifications SET order_id = $1, recipient = $2, happened_at = now() + notification_id * interval '1 ms',
              state = CASE WHEN notification_id <= 250 THEN 'sent' ELSE 'queued' END,
              next_attempt_at = CASE WHEN notification_id <= 250 THEN NULL ELSE now() END`,
      [order, ADA],
    );
    await own.testDatabase.query('VACUUM ANALYZE notifier.notifications');
    const plan = await own.database.transaction(async (tx) => {
      const explain = `EXPLAIN (ANALYZE, FORMAT JSON) ${CLAIM}`;
      const { rows } = await tx.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(explain, ['email', 'a', 10]);
      return rows[0]?.['QUERY PLAN'][0].Plan;
    });
    const looks = nodesOf(plan).filter(({ Alias }) => Alias === 'earlier');
    expect(looks).toMatchObject([{ 'Actual Loops': 250 }]);
    expect(looks[0]?.['Rows Removed by Filter'] ?? 0).toBe(0);
  });

  describe('and SMTP', () => {
    const mail = new MailSending(own);

    beforeEach(() => mail.begin());
    afterEach(() => mail.end());

    it('the first is told "not now" and broken off: they arrive in order, with two senders side by side', async () => {
      const troubles = ['450 4.2.1 later', 'drop', '450 4.2.1 later'];
      mail.server.script = ({ step, to }) => {
        if (step !== 'RCPT' || to !== ADA) return undefined;
        const trouble = troubles.shift();
        return trouble === undefined || trouble === 'drop' ? trouble : { say: trouble };
      };
      await enter(confirmation(ADA, order), paid(order, { email: ADA }), cancellation(order, { email: ADA }));
      await own.enqueue(20);
      mail.start();
      mail.start();
      await mail.allAre({ sent: 23 });
      const rows = (await own.rows()).filter(({ recipient }) => recipient === ADA);
      const caught = mail.server.mails.filter(({ to }) => to[0] === ADA).map(({ messageId }) => messageId);
      expect(caught).toEqual(rows.map(({ message_id }) => message_id));
      expect(rows[0]?.attempts).toBe(4);
    });

    it('the earlier one is sent: the later one follows at once, not at the next look', async () => {
      const atMs: number[] = [];
      mail.server.script = ({ step }) => void (step === 'message' && atMs.push(performance.now()));
      const orders = Array.from({ length: 4 }, () => uuidv7());
      for (const each of orders)
        await enter(confirmation(ADA, each), paid(each, { email: ADA }), cancellation(each, { email: ADA }));
      mail.start({ connections: 20 });
      await mail.allAre({ sent: 12 });
      // Three rounds of four: a pause between two of them would be a second.
      const rounds = [atMs[4]! - atMs[3]!, atMs[8]! - atMs[7]!];
      expect(Math.min(...rounds)).toBeLessThan(500);
    });
  });
});
