import type { Queryable } from '../database/transaction.ts';
import type { ExchangeContext, ProjectionTable } from './projection.ts';

/** What became of a table's rows. */
export interface TableChange {
  readonly table: string;
  readonly rows: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** What is written: not what the database makes of it. */
const COLUMNS = `
  SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
  WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
  ORDER BY attnum`;

/**
 * Makes the live table hold the shadow's rows by changing only those that differ, and keeps what they were before in a table of the
 * same name in the schema `kept`. Readers see the rows of before until the commit, and all of the new ones from then on.
 */
export async function exchangeTable(
  tx: Queryable,
  { name, key, numbered }: ProjectionTable,
  { live, shadow, kept }: ExchangeContext,
): Promise<TableChange> {
  const { rows: columns } = await tx.query<Column>(COLUMNS, [`${live}.${name}`]);
  const others = columns.filter((column) => !key.includes(column.name));
  const on = key.map((column) => `o.${column} = n.${column}`).join(' AND ');
  const [first] = key as [string];
  const differs = others
    .map((column) => `${text('o', column)} IS DISTINCT FROM ${text('n', column)}`)
    .join(' OR ');
  const diff = `${shadow}.differing_${name}`;
  // Without statistics the planner would take the shadow for empty and compare row by row.
  await tx.query(`ANALYZE ${shadow}.${name}`);
  await tx.query(`DROP TABLE IF EXISTS ${diff}`);
  await tx.query(`
    CREATE UNLOGGED TABLE ${diff} AS
    SELECT ${key.map((column) => `coalesce(o.${column}, n.${column}) AS ${column}`).join(', ')},
           n.${first} IS NULL AS is_removed, o.${first} IS NULL AS is_added
      FROM ${live}.${name} o FULL JOIN ${shadow}.${name} n ON ${on}
     WHERE o.${first} IS NULL OR n.${first} IS NULL ${differs === '' ? '' : `OR ${differs}`}`);
  await tx.query(`ANALYZE ${diff}`);
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

/** `json` has no equality; what it was written as decides. */
function text(of: string, { name, type }: Column): string {
  return type === 'json' ? `${of}.${name}::text` : `${of}.${name}`;
}
