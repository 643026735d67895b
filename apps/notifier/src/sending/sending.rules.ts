import type { ClaimedNotification } from '../ledger/notification.ts';
import type { Settlement } from '../ledger/notification-ledger.ts';
import type { Outcome } from './outcome.ts';

/** When a message is tried again. */
export interface RetryRules {
  /** After the first "not now", ms; doubled at each further one. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** A message that is told "not now" for longer than this, from the first time on, has failed. An absent gateway does not count. RFC 5321 §4.5.4.1: 4 to 5 days. */
  readonly giveUpAfterMs: number;
}

/** The gateway as a whole is waited for elsewhere (gateway.rules.ts); this only spreads out the messages that ran into it. */
const UNAVAILABLE: Pick<RetryRules, 'firstDelayMs' | 'maxDelayMs'> = {
  firstDelayMs: 1_000,
  maxDelayMs: 60_000,
};

/**
 * What the ledger says of a notification after an attempt.
 * @param random from 0 (inclusive) to 1 (exclusive): shortens a delay by up to a fifth, so that what failed together is not tried together
 */
export function settlementOf(
  claim: Pick<
    ClaimedNotification,
    'notification_id' | 'attempts' | 'deferred_ms' | 'deferrals' | 'is_in_doubt'
  >,
  outcome: Outcome,
  rules: RetryRules,
  random: number,
): Settlement {
  const { notification_id, attempts, deferred_ms, deferrals, is_in_doubt } = claim;
  const settlement = { notification_id, attempts, delayMs: 0, reason: undefined };
  switch (outcome.kind) {
    case 'sent':
      return { ...settlement, state: 'sent', gatewayId: outcome.gatewayId };
    case 'refused':
      return { ...settlement, state: 'failed', reason: outcome.reason };
    case 'unknown':
      return { ...settlement, state: 'unknown', reason: outcome.reason };
    case 'unavailable':
      return {
        ...settlement,
        state: 'queued',
        reason: outcome.reason,
        delayMs: backOffMs(attempts - 1, UNAVAILABLE, random),
        deferral: 'over',
      };
    case 'deferred': {
      const isInDoubt = is_in_doubt || outcome.isInDoubt === true;
      return deferred_ms >= rules.giveUpAfterMs
        ? {
            ...settlement,
            state: isInDoubt ? 'unknown' : 'failed',
            reason: { ...outcome.reason, code: 'gave-up' },
          }
        : {
            ...settlement,
            state: 'queued',
            reason: outcome.reason,
            delayMs: Math.max(backOffMs(deferrals, rules, random), outcome.retryAfterMs ?? 0),
            isInDoubt,
            deferral: 'goes on',
          };
    }
  }
}

/** @param before how often it was told so before this time */
function backOffMs(
  before: number,
  { firstDelayMs, maxDelayMs }: Pick<RetryRules, 'firstDelayMs' | 'maxDelayMs'>,
  random: number,
): number {
  const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(before, 30));
  return Math.round(delayMs * (1 - random / 5));
}

/** Beyond what a sender may need at most: the time to write down how it ended. */
const REPORT_MS = 5_000;

/** After this long nobody is still sending a claimed message: as long to begin, as long to send, and the time to report. */
export function leaseMs(sendTimeoutMs: number): number {
  return 2 * sendTimeoutMs + REPORT_MS;
}

/** A claim whose answer took too long is not begun any more: somebody else might take its sender for dead in mid-transfer. */
export function mayStillBegin(sinceClaimMs: number, sendTimeoutMs: number): boolean {
  return sinceClaimMs <= sendTimeoutMs;
}
