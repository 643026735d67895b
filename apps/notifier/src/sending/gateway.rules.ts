import type { Outcome } from './outcome.ts';

/** How a gateway has behaved of late. */
export interface GatewayState {
  /** Attempts in a row that it left without an answer to the message, or with one that says that it fails. */
  readonly failures: number;
  /** Pauses in a row. */
  readonly pauses: number;
  /** Nothing is begun before; same clock as `nowMs`. */
  readonly pausedUntilMs: number;
}

export const answering: GatewayState = { failures: 0, pauses: 0, pausedUntilMs: 0 };

/** So many failures in a row are no accident of single connections any more. */
const FAILURES_BEFORE_PAUSE = 3;
const FIRST_PAUSE_MS = 500;
/** While it surely takes nothing, asking it often harms nobody; each message that may have gone out is one that a person must look into. */
const MAX_PAUSE_MS = { unavailable: 5_000, unknown: 300_000 };

/**
 * The gateway after an attempt. An answer to the message, also a refusal, shows that it works, unless the gateway says in it that it
 * fails, or it may be us whom it refuses. Silence shows the contrary, whether the message may have gone out or not: a gateway that dies of
 * every message must not turn the whole queue into `unknown`.
 */
export function afterAttempt(state: GatewayState, outcome: Outcome, nowMs: number): GatewayState {
  const shown = whatItShows(outcome);
  if (shown === 'unclear') return state;
  if (shown === 'works') return answering;
  const failures = state.failures + 1;
  // What was under way when the pause began fails along with it and does not prolong it.
  if (failures < FAILURES_BEFORE_PAUSE || nowMs < state.pausedUntilMs) return { ...state, failures };
  const maxMs = outcome.kind === 'unknown' ? MAX_PAUSE_MS.unknown : MAX_PAUSE_MS.unavailable;
  const pauseMs = Math.min(maxMs, FIRST_PAUSE_MS * 2 ** Math.min(state.pauses, 30));
  return { failures, pauses: state.pauses + 1, pausedUntilMs: nowMs + pauseMs };
}

function whatItShows(outcome: Outcome): 'works' | 'fails' | 'unclear' {
  if (outcome.kind === 'deferred') return outcome.gateway ?? 'works';
  return outcome.kind === 'unavailable' || outcome.kind === 'unknown' ? 'fails' : 'works';
}

/** How many messages may be under way at once: none in a pause, one after it until the gateway has answered, else all. */
export function allowedAtOnce(state: GatewayState, connections: number, nowMs: number): number {
  if (nowMs < state.pausedUntilMs) return 0;
  return state.pauses > 0 ? 1 : connections;
}
