import type { Outcome } from '../../src/sending/outcome.ts';
import {
  afterAttempt,
  allowedAtOnce,
  answering,
  type GatewayState,
} from '../../src/sending/gateway.rules.ts';

const sent: Outcome = { kind: 'sent' };
const refused: Outcome = { kind: 'refused', reason: { code: 'recipient-refused' } };
const deferred: Outcome = { kind: 'deferred', reason: { code: 'recipient-refused' } };
const maybeUs: Outcome = { kind: 'deferred', reason: { code: 'recipient-refused' }, gateway: 'unclear' };
const failing: Outcome = { kind: 'deferred', reason: { code: 'gateway-error' }, gateway: 'fails' };
const unavailable: Outcome = { kind: 'unavailable', reason: { code: 'gateway-unreachable' } };
const unknown: Outcome = { kind: 'unknown', reason: { code: 'answer-lost' } };

const CONNECTIONS = 8;

/** The state after these outcomes, all at `nowMs`. */
function after(outcomes: readonly Outcome[], nowMs = 0, from: GatewayState = answering): GatewayState {
  return outcomes.reduce((state, outcome) => afterAttempt(state, outcome, nowMs), from);
}

/** How long the pauses are that follow each other when every probe ends in `outcome`. */
function pauses(outcome: Outcome, count: number): number[] {
  let state = after([outcome, outcome]);
  let nowMs = 0;
  return Array.from({ length: count }, () => {
    state = afterAttempt(state, outcome, nowMs);
    const pauseMs = state.pausedUntilMs - nowMs;
    nowMs = state.pausedUntilMs;
    return pauseMs;
  });
}

describe('a gateway', () => {
  it('that answers: all connections', () => {
    expect(allowedAtOnce(after([sent, refused, deferred]), CONNECTIONS, 0)).toBe(CONNECTIONS);
  });

  it('that fails now and then: all connections', () => {
    const state = after([unavailable, unknown, sent, unavailable, unknown]);
    expect(allowedAtOnce(state, CONNECTIONS, 0)).toBe(CONNECTIONS);
  });

  it.each([refused, deferred])(
    'whose failures are interrupted by an answer ($kind): is not away',
    (answer) => {
      expect(after([unavailable, unavailable, answer, unavailable, unavailable]).pauses).toBe(0);
    },
  );

  it('that may have refused us: that shows neither that it works nor that it is away', () => {
    expect(after(Array.from({ length: 9 }, () => maybeUs))).toEqual(answering);
    const away = after([unavailable, unavailable, maybeUs, unavailable]);
    expect(away.pauses).toBe(1);
    expect(after([maybeUs], 600, away)).toEqual(away);
  });

  it('that says three times in a row that it fails: is away, and asked again after at most 5 s', () => {
    expect(pauses(failing, 6)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('that fails three times in a row: nothing is begun for half a second, then one message', () => {
    const state = after([unavailable, unavailable, unavailable], 1_000);
    expect(allowedAtOnce(state, CONNECTIONS, 1_000)).toBe(0);
    expect(allowedAtOnce(state, CONNECTIONS, 1_499)).toBe(0);
    expect(allowedAtOnce(state, CONNECTIONS, 1_500)).toBe(1);
  });

  it('whose pause is over and that answers one message: all connections at once', () => {
    const paused = after([unavailable, unavailable, unavailable]);
    expect(allowedAtOnce(afterAttempt(paused, sent, 600), CONNECTIONS, 600)).toBe(CONNECTIONS);
  });

  it('that fails everything under way when it goes: one pause, not one per message', () => {
    expect(after(Array.from({ length: CONNECTIONS }, () => unavailable)).pausedUntilMs).toBe(500);
  });

  it('that is away: asked again after longer and longer pauses, at least every 5 s', () => {
    expect(pauses(unavailable, 6)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('that dies of every message: asked more and more seldom, because each time a message is in doubt', () => {
    const lengths = pauses(unknown, 40);
    expect(lengths.slice(0, 5)).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    expect(lengths.at(-1)).toBe(300_000);
  });
});
