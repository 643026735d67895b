import type { Connection } from '../database/connection.ts';
import type { Projection } from './projection.ts';
import { RebuildRefused } from './rebuild-refused.ts';

/** Keeps others from rebuilding the same tables, for as long as the session lives. @throws RebuildRefused while somebody does */
export async function requireAlone(connection: Connection, { live, service }: Projection): Promise<void> {
  const { rows } = await connection.query<{ locked: boolean }>(
    'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
    [`orderstream.rebuild:${live}`],
  );
  if (rows[0]?.locked) return;
  throw new RebuildRefused(
    `${service} is being rebuilt already, by another process. Wait for it, or stop it.`,
  );
}
