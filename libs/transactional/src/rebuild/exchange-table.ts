import type { Queryable } from '../database/transaction.ts';
import { columnsOf, differingTable } from './differing-rows.ts';
import type { ExchangeContext, ProjectionTable } from './projection.ts';

/** What became of a table's rows. */
export interface TableChange {
  readonly table: string;
  readonly rows: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/**
 * Makes the live table hold the shadow's rows by changing only those that were found to differ, and keeps what they were before in a
 * table of the same name in the schema `kept`. Readers see the rows of before until the commit, and all of the new ones from then on.
 */
export async function exchangeTable(
  tx: Queryable,
  { name, key, numbered }: ProjectionTable,
  { live, shadow, kept }: ExchangeContext,
): Promise<TableChange> {
  const columns = await columnsOf(tx, `${live}.${name}`);
  const others = columns.filter((column) => !key.includes(column.name));
  const on = key.map((column) => `o.${column} = n.${column}`).join(' AND ');
  const diff = differingTable(shadow, name);
  const isDifferent = (of: string): string =>
    `EXISTS (SELECT FROM ${diff} d WHERE ${key.map((column) => `d.${column} = ${of}.${column}`).join(' AND ')}`;
  await tx.query(
    `CREATE TABLE ${kept}.${name} AS SELECT o.* FROM ${live}.${name} o WHERE ${isDifferent('o')})`,
  );
  const removed = await tx.query(`DELETE FROM ${live}.${name} o WHERE ${isDifferent('o')} AND d.is_removed)`);
  const changed =
    others.length === 0
      ? { rowCount: 0 }
      : await tx.query(
          `UPDATE ${live}.${name} o SET ${others.map((column) => `${column.name} = n.${column.name}`).join(', ')}
           FROM ${shadow}.${name} n WHERE ${on} AND ${isDifferent('o')} AND NOT d.is_removed AND NOT d.is_added)`,
        );
  const list = columns.map((column) => column.name).join(', ');
  const added = await tx.query(
    `INSERT INTO ${live}.${name} (${list}) SELECT ${list} FROM ${shadow}.${name} n
     WHERE ${isDifferent('n')} AND d.is_added) ORDER BY ${numbered ?? key.join(', ')}`,
  );
  const counted = await tx.query<{ count: string }>(`SELECT count(*) FROM ${shadow}.${name}`);
  return {
    table: `${live}.${name}`,
    rows: Number(counted.rows[0]?.count),
    added: added.rowCount,
    changed: changed.rowCount,
    removed: removed.rowCount,
  };
}
