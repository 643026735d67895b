import type { Queryable } from '@orderstream/transactional';
import type { CarryOver } from '@orderstream/transactional/rebuild';

/** Users who registered before the log's beginning stay, or have registered then after all. @returns how many */
export async function carryOverUsers(tx: Queryable, { live, shadow, before }: CarryOver): Promise<number> {
  const carried = await tx.query(
    `INSERT INTO ${shadow}.users AS known SELECT o.* FROM ${live}.users o WHERE registered_at < $1
     ON CONFLICT (user_id) DO UPDATE SET registered_at = excluded.registered_at WHERE excluded.registered_at < known.registered_at`,
    [before],
  );
  return carried.rowCount;
}
