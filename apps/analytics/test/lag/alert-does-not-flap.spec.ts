import { CALM, nextAlert, type AlertState, type LagCheck } from '../../src/lag/alert.rules.ts';

const check = (seconds: number, verdict: LagCheck['verdict'] = 'OK'): LagCheck => ({
  seconds,
  verdict,
  threshold: 60,
});

/** The changes that a row of checks causes: its index, and what the alert became. */
function changesOf(checks: readonly LagCheck[], state: AlertState = CALM): (readonly [number, boolean])[] {
  return checks.flatMap((each, index) => {
    const before = state.alerting;
    state = nextAlert(state, each);
    return state.alerting === before ? [] : [[index, state.alerting] as const];
  });
}

describe('an alert', () => {
  it('three checks in a row above the rule: it comes, once', () => {
    expect(changesOf(Array.from({ length: 20 }, () => check(61)))).toEqual([[2, true]]);
  });

  it('above the rule every other check: it does not come', () => {
    expect(changesOf(Array.from({ length: 40 }, (_, index) => check(index % 2 === 0 ? 90 : 10)))).toEqual([]);
  });

  it('a lag that hovers around the rule once it is on: it stays on', () => {
    const hovering = Array.from({ length: 40 }, (_, index) => check(index % 2 === 0 ? 65 : 45));
    expect(changesOf(hovering, { alerting: true, contraryChecks: 0 })).toEqual([]);
  });

  it('well below the rule for three checks: it goes, once', () => {
    const checks = [check(90), check(20), check(10), check(0), check(0), check(0)];
    expect(changesOf(checks, { alerting: true, contraryChecks: 0 })).toEqual([[3, false]]);
  });

  it.each(['STALLED', 'STOPPED'] as const)(
    '%s: it comes however young the records are, and stays',
    (verdict) => {
      expect(changesOf(Array.from({ length: 9 }, () => check(1, verdict)))).toEqual([[2, true]]);
    },
  );

  it('no verdict yet, as after a restart: an alert that is on stays on', () => {
    const unknown = Array.from({ length: 9 }, () => ({ ...check(0), verdict: undefined }));
    expect(changesOf(unknown, { alerting: true, contraryChecks: 0 })).toEqual([]);
  });
});
