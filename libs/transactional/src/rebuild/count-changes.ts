import type { Queryable } from '../database/transaction.ts';
import { differingTable } from './differing-rows.ts';
import type { TableChange } from './exchange-table.ts';
import type { ExchangeContext, ProjectionTable } from './projection.ts';

/** What exchanging the rows that were found to differ would do, without doing it. */
export async function countChanges(
  tx: Queryable,
  { name }: ProjectionTable,
  { live, shadow }: ExchangeContext,
): Promise<TableChange> {
  const { rows } = await tx.query<Omit<TableChange, 'table'>>(
    `SELECT (SELECT count(*) FROM ${shadow}.${name})::float8 AS rows,
            count(*) FILTER (WHERE is_added)::float8 AS added,
            count(*) FILTER (WHERE NOT is_added AND NOT is_removed)::float8 AS changed,
            count(*) FILTER (WHERE is_removed)::float8 AS removed
       FROM ${differingTable(shadow, name)}`,
  );
  return { table: `${live}.${name}`, ...(rows[0] as Omit<TableChange, 'table'>) };
}
