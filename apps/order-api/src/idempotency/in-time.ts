import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '@orderstream/events';
import { notAccepted } from '../publishing/outcome.ts';

/** PostgreSQL has so long for a step, beyond which it counts as away. */
export const STORE_DEADLINE_MS = 3_000;
/** What a request with a key is told when its key cannot be looked up. */
const NOT_LOOKED_UP =
  'This request had no effect; what an earlier one with the same Idempotency-Key has done stands. It may be repeated.';

/** What comes too late is undone: its owner has been told that there was no effect, and whoever repeats need not wait for the lease to end. */
export async function inTimeOrUndone<T>(step: Promise<T>, undo: (result: T) => unknown): Promise<T> {
  try {
    return await inTime(step);
  } catch (error) {
    void step.then(undo).catch(() => undefined);
    throw error;
  }
}

/** @throws Problem 503 `not-accepted` when the database is away: nothing has been done yet, and nothing will be */
export async function inTime<T>(step: Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const late = sleep(STORE_DEADLINE_MS, undefined, { signal: deadline.signal }).then(() => {
    throw new TransientError('database-slow', 'the database does not answer in time');
  });
  try {
    return await Promise.race([step, late]);
  } catch (error) {
    throw error instanceof TransientError ? notAccepted(error, { detail: NOT_LOOKED_UP }) : error;
  } finally {
    deadline.abort();
  }
}
