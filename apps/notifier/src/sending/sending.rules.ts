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
  claim: Pick<ClaimedNotification, 'notification_id' | 'attempts' | 'deferred_ms' | 'is_in_doubt'>,
  outcome: Outcome,
  rules: RetryRules,
  random: number,
): Settlement {
  const { notification_id, attempts, deferred_ms, is_in_doubt } = claim;
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
        delayMs: backOffMs(attempts, UNAVAILABLE, random),
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
            delayMs: Math.max(sinceDeferredMs(deferred_ms, rules, random), outcome.retryAfterMs ?? 0),
            isInDoubt,
            deferral: 'goes on',
          };
    }
  }
}

/** As long again as it has been told "not now", which doubles each delay. The attempts count those at which the gateway was away, too. */
function sinceDeferredMs(
  deferredMs: number,
  { firstDelayMs, maxDelayMs }: Pick<RetryRules, 'firstDelayMs' | 'maxDelayMs'>,
  random: number,
): number {
  return shortened(Math.min(maxDelayMs, firstDelayMs + deferredMs), random);
}

function backOffMs(
  attempts: number,
  { firstDelayMs, maxDelayMs }: Pick<RetryRules, 'firstDelayMs' | 'maxDelayMs'>,
  random: number,
): number {
  return shortened(Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempts - 1, 30)), random);
}

function shortened(delayMs: number, random: number): number {
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
