import type { Queryable } from '../database/transaction.ts';
import type { ExchangeContext, ProjectionTable } from './projection.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** A transaction id of PostgreSQL: what later ones have written, the comparison has not seen. */
export type ComparedBefore = string;

/** What is written: not what the database makes of it. */
const COLUMNS = `
  SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
  WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
  ORDER BY attnum`;

export async function columnsOf(tx: Queryable, table: string): Promise<Column[]> {
  const { rows } = await tx.query<Column>(COLUMNS, [table]);
  return rows;
}

/** The table with a row for each that differs: its key, `is_removed` when only the live table has it, `is_added` when only the shadow has. */
export function differingTable(shadow: string, name: string): string {
  return `${shadow}.differing_${name}`;
}

/** Compares all rows while both tables go on being written: what takes long is done before anybody has to wait. */
export async function compareAhead(
  tx: Queryable,
  table: ProjectionTable,
  context: ExchangeContext,
): Promise<ComparedBefore> {
  const { name } = table;
  const { live, shadow } = context;
  const { rows } = await tx.query<{ xid: string }>(
    'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid',
  );
  // Without statistics the planner would take the shadow for empty and compare row by row.
  await tx.query(`ANALYZE ${shadow}.${name}`);
  await writeDiffering(tx, table, context, `${live}.${name} o FULL JOIN ${shadow}.${name} n ON ${on(table)}`);
  return rows[0]?.xid as ComparedBefore;
}

/**
 * Compares once more what may be otherwise since `compareAhead`: what was written after it, by the id of the row's transaction, and what
 * only one of the tables has. Nobody writes to either table meanwhile.
 */
export async function compareAgain(
  tx: Queryable,
  table: ProjectionTable,
  context: ExchangeContext,
  since: ComparedBefore,
): Promise<void> {
  const { name, key } = table;
  const { live, shadow } = context;
  const doubtful = `${shadow}.doubtful_${name}`;
  const keys = key.join(', ');
  // Of a row that was written more than 2^31 transactions ago age() may say anything: it is compared once too often then, never left out.
  const written = `age(xmin) <= age('${since}'::xid8::xid)`;
  await tx.query(`DROP TABLE IF EXISTS ${doubtful}`);
  await tx.query(`
    CREATE UNLOGGED TABLE ${doubtful} AS
    SELECT ${keys} FROM ${differingTable(shadow, name)}
    UNION SELECT ${keys} FROM ${live}.${name} WHERE ${written}
    UNION SELECT ${keys} FROM ${shadow}.${name} WHERE ${written}
    UNION SELECT ${keys} FROM ${live}.${name} o WHERE NOT EXISTS (SELECT FROM ${shadow}.${name} n WHERE ${on(table)})
    UNION SELECT ${keys} FROM ${shadow}.${name} n WHERE NOT EXISTS (SELECT FROM ${live}.${name} o WHERE ${on(table)})`);
  await tx.query(`ANALYZE ${doubtful}`);
  await writeDiffering(
    tx,
    table,
    context,
    `${doubtful} LEFT JOIN ${live}.${name} o USING (${keys}) LEFT JOIN ${shadow}.${name} n USING (${keys})`,
  );
}

async function writeDiffering(
  tx: Queryable,
  { name, key }: ProjectionTable,
  { live, shadow }: ExchangeContext,
  pairs: string,
): Promise<void> {
  const columns = await columnsOf(tx, `${live}.${name}`);
  const others = columns.filter((column) => !key.includes(column.name));
  const differs = others.map((column) => `${text('o', column)} IS DISTINCT FROM ${text('n', column)}`);
  const [first] = key as [string];
  const differing = differingTable(shadow, name);
  await tx.query(`DROP TABLE IF EXISTS ${differing}`);
  await tx.query(`
    CREATE UNLOGGED TABLE ${differing} AS
    SELECT ${key.map((column) => `coalesce(o.${column}, n.${column}) AS ${column}`).join(', ')},
           n.${first} IS NULL AS is_removed, o.${first} IS NULL AS is_added
      FROM ${pairs}
     WHERE ${['(o.' + first + ' IS NULL) <> (n.' + first + ' IS NULL)', ...differs].join(' OR ')}`);
  await tx.query(`ANALYZE ${differing}`);
}

function on({ key }: ProjectionTable): string {
  return key.map((column) => `o.${column} = n.${column}`).join(' AND ');
}

/** `json` has no equality; what it was written as decides. */
function text(of: string, { name, type }: Column): string {
  return type === 'json' ? `${of}.${name}::text` : `${of}.${name}`;
}
