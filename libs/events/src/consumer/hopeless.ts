import type { DeadLetterReason } from '../dead-letter/reason.ts';
import { PermanentError } from '../errors.ts';

/** Programmer errors: the same code will fail the same way. */
const HOPELESS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** Whether no repetition can help. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof PermanentError) return true;
  // One with a cause only passes on what went wrong elsewhere: `fetch` throws a TypeError when the network is away.
  return (
    error instanceof Error && error.cause === undefined && HOPELESS.some((type) => error instanceof type)
  );
}

export function reasonOf(error: unknown): DeadLetterReason {
  if (error instanceof PermanentError && error.code === 'conflict') return 'conflict';
  return isPermanent(error) ? 'permanent' : 'retries-exhausted';
}
