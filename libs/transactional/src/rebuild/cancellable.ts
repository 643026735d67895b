import type { Connection } from '../database/connection.ts';
import type { Queryable } from '../database/transaction.ts';

/**
 * Statements of a connection that Ctrl-C is not to wait for, nor to leave behind: when `signal` aborts, the one that runs is cancelled.
 * @param other another connection, which is not busy then
 */
export async function cancellable<T>(
  connection: Connection,
  other: Queryable,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const cancel = (): void =>
    void other.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => undefined);
  signal.addEventListener('abort', cancel);
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
