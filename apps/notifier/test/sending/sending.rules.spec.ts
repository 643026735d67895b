import type { Outcome } from '../../src/sending/outcome.ts';
import { leaseMs, mayStillBegin, settlementOf } from '../../src/sending/sending.rules.ts';

const HOUR_MS = 3_600_000;
const rules = { firstDelayMs: 30_000, maxDelayMs: HOUR_MS, giveUpAfterMs: 120 * HOUR_MS };
const claim = { notification_id: '7', attempts: 1, deferred_ms: 0, deferrals: 0, is_in_doubt: false };
const deferred: Outcome = { kind: 'deferred', reason: { code: 'recipient-refused', status: '450' } };
const unavailable: Outcome = { kind: 'unavailable', reason: { code: 'gateway-unreachable' } };

const delayAt = (outcome: Outcome, details: Partial<typeof claim> = {}, random = 0): number =>
  settlementOf({ ...claim, ...details }, outcome, rules, random).delayMs;

describe('after an attempt', () => {
  it('sent: done, for this claim and no later one', () => {
    const settlement = settlementOf({ ...claim, attempts: 3 }, { kind: 'sent' }, rules, 0);
    expect(settlement).toEqual({
      notification_id: '7',
      attempts: 3,
      state: 'sent',
      delayMs: 0,
      reason: undefined,
    });
  });

  it('refused for good: failed, with the reason', () => {
    const reason = { code: 'message-refused', status: '554 5.7.1' } as const;
    expect(settlementOf(claim, { kind: 'refused', reason }, rules, 0)).toMatchObject({
      state: 'failed',
      reason,
    });
  });

  it('answer missing: unknown, never queued, however seldom tried', () => {
    const reason = { code: 'answer-lost' } as const;
    expect(settlementOf(claim, { kind: 'unknown', reason }, rules, 0)).toMatchObject({
      state: 'unknown',
      reason,
    });
  });

  it('"not now" to this message: queued again, after 30 s, 1 min, 2 min … 1 h', () => {
    expect(settlementOf(claim, deferred, rules, 0)).toMatchObject({ state: 'queued' });
    const delays = Array.from({ length: 9 }, (_, deferrals) => delayAt(deferred, { deferrals }));
    expect(delays.slice(0, 3)).toEqual([30_000, 60_000, 120_000]);
    expect(delays.slice(-2)).toEqual([HOUR_MS, HOUR_MS]);
  });

  it('"not now", and hours in the queue before it was asked again: the pause is only doubled', () => {
    expect(delayAt(deferred, { deferrals: 1, deferred_ms: 5 * HOUR_MS })).toBe(60_000);
  });

  it('"not now" for the first time, after a day in which the gateway was away: again after 30 s', () => {
    expect(delayAt(deferred, { attempts: 1_440 })).toBe(30_000);
  });

  it('it says when to come again, and that is later: not before', () => {
    const later: Outcome = { ...deferred, retryAfterMs: 90_000 };
    expect(delayAt(later)).toBe(90_000);
    expect(delayAt(later, { deferrals: 10 })).toBe(HOUR_MS);
  });

  it('"not now" for five days: failed, with the last answer', () => {
    const old = { ...claim, deferred_ms: rules.giveUpAfterMs };
    expect(settlementOf(old, deferred, rules, 0)).toMatchObject({
      state: 'failed',
      reason: { code: 'gave-up', status: '450' },
    });
  });

  it('"not now" for five days, and it may have gone out: unknown, for a person', () => {
    const old = { ...claim, deferred_ms: rules.giveUpAfterMs };
    const gaveUp = { state: 'unknown', reason: { code: 'gave-up' } };
    expect(settlementOf({ ...old, is_in_doubt: true }, deferred, rules, 0)).toMatchObject(gaveUp);
    expect(settlementOf(old, { ...deferred, isInDoubt: true }, rules, 0)).toMatchObject(gaveUp);
  });

  it('the gateway is away for months: queued again within a minute', () => {
    const old = { ...claim, attempts: 100_000, deferred_ms: 5_000 * HOUR_MS };
    expect(settlementOf(old, unavailable, rules, 0)).toMatchObject({
      state: 'queued',
      delayMs: 60_000,
      deferral: 'over',
    });
  });

  it('chance: shortens a delay by less than a fifth', () => {
    expect(delayAt(unavailable, {}, 0.999)).toBeGreaterThan(800 - 1);
    expect(delayAt(unavailable)).toBe(1_000);
    expect(delayAt(deferred, {}, 0.999)).toBeGreaterThan(24_000 - 1);
    expect(delayAt(deferred, {}, 0.999)).toBeLessThan(30_000);
  });
});

describe('a claim', () => {
  it('whose answer took as long as a send may take: is not begun any more', () => {
    expect(mayStillBegin(60_000, 60_000)).toBe(true);
    expect(mayStillBegin(60_001, 60_000)).toBe(false);
  });

  it.each([100, 60_000, HOUR_MS])(
    'may last longer than beginning late and sending slowly together (%d ms)',
    (sendMs) => {
      expect(leaseMs(sendMs)).toBeGreaterThan(2 * sendMs);
    },
  );
});
