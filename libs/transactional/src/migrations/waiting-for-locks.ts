import { setTimeout as sleep } from 'node:timers/promises';
import { sqlStateOf } from '../database/sql-state.ts';

export const LOCK_NOT_AVAILABLE = '55P03';
/** In between, those pass whom the waiting statement has kept waiting behind it. */
const BETWEEN_ATTEMPTS_MS = 1_000;
const PATIENCE_MS = 60_000;

/** Somebody holds a table that a migration changes. Its message says how to find out who; then the migration is begun anew. */
export class TableHeldError extends Error {
  readonly code = 'table-held';
  override readonly name = 'TableHeldError';
}

/**
 * Repeats `attempt` for a minute while it fails because somebody holds what it wants to lock.
 * @param what as the operator knows it
 * @throws TableHeldError when the minute is over: who holds the lock is to be found; what `attempt` throws, when it is anything else
 */
export async function waitingForLocks(
  what: string,
  attempt: () => Promise<void>,
  progress: (line: string) => void,
): Promise<void> {
  const startedAtMs = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      const waitedMs = performance.now() - startedAtMs;
      if (waitedMs >= PATIENCE_MS)
        throw new TableHeldError(gaveUp(what, waitedMs, attempts), { cause: error });
      if (attempts === 1) progress(`${what}: waits for a table that somebody holds, up to a minute`);
    }
    await sleep(BETWEEN_ATTEMPTS_MS);
  }
}

function gaveUp(what: string, waitedMs: number, attempts: number): string {
  return (
    `${what}: not applied, somebody has held a table it changes for ${Math.round(waitedMs / 1_000)} s (${attempts} attempts). ` +
    'SELECT pid, query FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start shows who; then migrate again.'
  );
}
