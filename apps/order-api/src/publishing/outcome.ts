import { Problem } from '@orderstream/service';

const NOT_ACCEPTED = 'not-accepted';
const OUTCOME_UNKNOWN = 'outcome-unknown';

/** 503: this request has surely had no effect. */
export function notAccepted(
  cause: unknown,
  options: { readonly detail?: string; readonly retryAfterSeconds?: number } = {},
): Problem {
  return new Problem({
    status: 503,
    kind: NOT_ACCEPTED,
    title: 'Not accepted',
    detail: 'The request had no effect. It may be repeated.',
    members: { outcome: NOT_ACCEPTED },
    cause,
    ...options,
  });
}

/** 503: the request may have had its effect, or may have it yet, under `ids`. */
export function outcomeUnknown(cause: unknown, ids: Readonly<Record<string, string>>): Problem {
  return new Problem({
    status: 503,
    kind: OUTCOME_UNKNOWN,
    title: 'Outcome unknown',
    detail:
      'The request was passed on but not confirmed in time: it may still take effect, under the ids given here. ' +
      'It may be repeated safely with the same Idempotency-Key only.',
    members: { outcome: OUTCOME_UNKNOWN, ...ids },
    cause,
  });
}

export function isNotAccepted(error: unknown): boolean {
  return error instanceof Problem && error.code === NOT_ACCEPTED;
}
