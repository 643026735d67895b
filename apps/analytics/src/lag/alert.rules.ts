import type { LagVerdict } from '@orderstream/events';

/** Whether an alert is on, and how many checks in a row said that it should be the other way. */
export interface AlertState {
  readonly alerting: boolean;
  readonly contraryChecks: number;
}

export interface LagCheck {
  readonly seconds: number;
  readonly verdict: LagVerdict | undefined;
  /** Seconds that the alert rule allows. */
  readonly threshold: number;
}

export const CALM: AlertState = { alerting: false, contraryChecks: 0 };

/** So many checks in a row have to agree before an alert comes or goes. */
const CHECKS = 3;
/** An alert goes only once the lag is well below what the rule allows: a lag that hovers around it does not flap. */
const RECOVERED_SHARE = 0.5;

/** An alert comes when the lag exceeds its rule or the group stands still, and goes when neither is near. */
export function nextAlert({ alerting, contraryChecks }: AlertState, check: LagCheck): AlertState {
  const isContrary = alerting ? isCalm(check) : isExceeded(check);
  if (!isContrary) return { alerting, contraryChecks: 0 };
  if (contraryChecks + 1 < CHECKS) return { alerting, contraryChecks: contraryChecks + 1 };
  return { alerting: !alerting, contraryChecks: 0 };
}

function isExceeded({ seconds, verdict, threshold }: LagCheck): boolean {
  return seconds > threshold || standsStill(verdict);
}

function isCalm({ seconds, verdict, threshold }: LagCheck): boolean {
  return seconds <= threshold * RECOVERED_SHARE && verdict !== undefined && !standsStill(verdict);
}

function standsStill(verdict: LagVerdict | undefined): boolean {
  return verdict === 'STALLED' || verdict === 'STOPPED';
}
