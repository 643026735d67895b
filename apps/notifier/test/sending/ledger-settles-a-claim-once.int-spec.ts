import type { Settlement } from '../../src/ledger/notification-ledger.ts';
import { useTestLedger } from '../support/test-ledger.ts';

describe('claims and their ends, on real PostgreSQL', () => {
  const own = useTestLedger();

  const claim = (limit: number, owner = 'a') =>
    own.ledger.turn({ channel: 'email', owner, settlements: [], limit });
  const settle = (...settlements: Settlement[]) =>
    own.ledger.turn({ channel: 'email', owner: 'a', settlements, limit: 0 });
  const end = (
    notification_id: string,
    attempts: number,
    state: Settlement['state'],
    delayMs = 0,
  ): Settlement => ({
    notification_id,
    attempts,
    state,
    delayMs,
    reason: state === 'sent' ? undefined : { code: 'answer-lost' },
  });

  it('many claim at once: nobody gets more than asked for, no row goes to two', async () => {
    await own.enqueue(100);
    const claims = await Promise.all(Array.from({ length: 8 }, (_, index) => claim(20, `owner-${index}`)));
    expect(Math.max(...claims.map(({ length }) => length))).toBeLessThanOrEqual(20);
    const ids = claims.flat().map(({ notification_id }) => notification_id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('what waits longest: is claimed first', async () => {
    await own.enqueue(1);
    await own.enqueue(1);
    const [first] = await claim(1);
    expect(first?.recipient).toBe('customer-0@example.com');
  });

  it('queued again for later: not claimed before its time', async () => {
    await own.enqueue(1);
    const [first] = await claim(1);
    await settle(end(first?.notification_id ?? '', 1, 'queued', 3_600_000));
    expect(await claim(1)).toEqual([]);
  });

  it('told "not now": says at the next claim how often, which begins anew with the time in which it is told so', async () => {
    await own.enqueue(1);
    const toldNotNow = async () => {
      const [claimed] = await claim(1);
      const { notification_id: id = '', attempts = 0, deferrals } = claimed ?? {};
      await settle({ ...end(id, attempts, 'queued'), deferral: 'goes on' });
      return deferrals;
    };
    expect([await toldNotNow(), await toldNotNow(), await toldNotNow()]).toEqual([0, 1, 2]);
    await own.testDatabase.query('UPDATE notifier.notifications SET deferred_since = NULL');
    expect([await toldNotNow(), await toldNotNow()]).toEqual([0, 1]);
  });

  it('a report that is written twice: changes nothing the second time', async () => {
    await own.enqueue(1);
    const [first] = await claim(1);
    const id = first?.notification_id ?? '';
    await settle(end(id, 1, 'sent'));
    await settle(end(id, 1, 'queued'));
    expect(await own.rows()).toMatchObject([{ state: 'sent', attempts: 1 }]);
  });

  it('a report on an earlier claim: leaves the later one alone', async () => {
    await own.enqueue(1);
    const [first] = await claim(1);
    const id = first?.notification_id ?? '';
    await settle(end(id, 1, 'queued'));
    await claim(1, 'b');
    await settle(end(id, 1, 'sent'));
    expect(await own.rows()).toMatchObject([{ state: 'sending', attempts: 2 }]);
  });

  it('a sender that was taken for dead reports after all: what it knows replaces unknown', async () => {
    await own.enqueue(1);
    const [first] = await claim(1);
    expect(await own.ledger.expire('email', 0)).toBe(1);
    expect(await own.rows()).toMatchObject([{ state: 'unknown', reason_code: 'sender-lost' }]);
    await settle(end(first?.notification_id ?? '', 1, 'sent'));
    expect(await own.rows()).toMatchObject([{ state: 'sent', reason_code: null }]);
  });

  it('a person has decided meanwhile: a late report does not overrule it', async () => {
    await own.enqueue(1);
    const [first] = await claim(1);
    await own.ledger.expire('email', 0);
    await own.testDatabase.query(`UPDATE notifier.notifications SET state = 'failed'`);
    await settle(end(first?.notification_id ?? '', 1, 'sent'));
    expect(await own.rows()).toMatchObject([{ state: 'failed' }]);
  });

  it('a person queues what was unknown again: it is claimed once more', async () => {
    await own.enqueue(1);
    await claim(1);
    await own.ledger.expire('email', 0);
    await own.testDatabase.query(
      `UPDATE notifier.notifications SET state = 'queued', next_attempt_at = now(), updated_at = now()
        WHERE notification_id = 1 AND state IN ('unknown', 'failed')`,
    );
    expect(await claim(1, 'b')).toMatchObject([{ notification_id: '1', attempts: 2 }]);
  });

  it('a lease that still runs: does not expire', async () => {
    await own.enqueue(1);
    await claim(1);
    expect(await own.ledger.expire('email', 60_000)).toBe(0);
  });

  it('the answer to a claim was lost: what its owner does not know of goes back, what it or another holds stays', async () => {
    await own.enqueue(4);
    const [known] = await claim(1);
    await claim(2);
    await claim(1, 'b');
    expect(await own.ledger.giveBack('email', 'a', [known?.notification_id ?? ''])).toBe(2);
    expect((await own.rows()).map(({ state }) => state)).toEqual(['sending', 'queued', 'queued', 'sending']);
  });

  it('what is not done: is counted by channel and state, with the age of the longest waiting', async () => {
    await own.enqueue(4);
    const [first, second] = await claim(2);
    await settle(
      end(first?.notification_id ?? '', 1, 'unknown'),
      end(second?.notification_id ?? '', 1, 'sent'),
    );
    await claim(1);
    const open = await own.ledger.open();
    const age = expect.any(Number) as number;
    expect(open).toEqual(
      expect.arrayContaining([
        { channel: 'email', state: 'queued', count: 1, oldest_due_seconds: age },
        { channel: 'email', state: 'sending', count: 1, oldest_due_seconds: 0 },
        { channel: 'email', state: 'unknown', count: 1, oldest_due_seconds: 0 },
      ]),
    );
    expect(open).toHaveLength(3);
  });
});
