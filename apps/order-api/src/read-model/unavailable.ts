import { TransientError } from '@orderstream/events';
import type { Problem } from '@orderstream/service';
import { notAccepted } from '../publishing/outcome.ts';

/** Hands on what a query answers. @throws Problem 503 when the database is away, which is nobody's mistake and passes */
export async function orUnavailable<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (cause) {
    if (!(cause instanceof TransientError)) throw cause;
    throw unavailable('Orders cannot be read at the moment.', cause);
  }
}

/** 503 `not-accepted`, also of a GET: whoever calls has one rule for every 503, and of a cancellation it is what there is to say. */
export function unavailable(detail: string, cause?: unknown): Problem {
  return notAccepted(cause, { detail: `${detail} The request had no effect. It may be repeated.` });
}
