import type { Connection } from '../database/connection.ts';
import type { Projection } from './projection.ts';
import { TimeBudget } from './time-budget.ts';

/** So long the little may take that is missing when the group is held. */
export const READ_REST_MS = 5_000;

/**
 * Every transaction of a group moves its position: nobody writes to its tables from here to the end of this transaction, and nobody is
 * kept from reading. @throws with SQLSTATE 55P03 when that cannot be had within 2 s
 */
export async function holdGroup(
  connection: Connection,
  { ownSchema }: Projection,
  lockSeconds: number,
): Promise<TimeBudget> {
  await connection.query(`SET LOCAL lock_timeout = '2s'`);
  await connection.query(`SET LOCAL statement_timeout = '${lockSeconds}s'`);
  await connection.query(`LOCK TABLE ${ownSchema}.consumer_positions IN SHARE ROW EXCLUSIVE MODE`);
  return new TimeBudget(connection, lockSeconds);
}
