import { TransientError } from '@orderstream/events';
import { Problem } from '@orderstream/service';

/** Hands on what a query answers. @throws Problem 503 when the database is away, which is nobody's mistake and passes */
export async function orUnavailable<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (cause) {
    if (!(cause instanceof TransientError)) throw cause;
    throw unavailable('Orders cannot be read at the moment.', cause);
  }
}

const UNAVAILABLE = 'unavailable';

/** 503: the request is right and has changed nothing; it may be repeated. */
export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem({ status: 503, kind: UNAVAILABLE, title: 'Not available now', detail, cause });
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof Problem && error.code === UNAVAILABLE;
}
