import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type pg from 'pg';
import { parquetColumn, type ParquetColumn, type TableColumn } from './parquet-columns.ts';
import { warehouseTables, type WarehouseTable } from './warehouse-tables.ts';

export interface ExportOptions {
  readonly table: WarehouseTable;
  /** RFC 3339; undefined: from the beginning, to the end. `to` itself is not in it. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly progress: (rows: number) => void;
}

export interface ExportedFile {
  readonly table: string;
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
}

/** A row group: what is in memory at one time. Readers skip by row group, and like some ten thousand rows. */
const ROWS = 20_000;

const COLUMNS = `
  SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
  WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;

/**
 * Writes what a table holds of a time range to `<directory>/<table>.parquet`, as of one moment. The file has its name once it is
 * whole; an older one of that name is replaced.
 */
export async function exportTable(client: pg.Client, options: ExportOptions): Promise<ExportedFile> {
  const { table, directory } = options;
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${table}.parquet`);
  const unfinished = `${file}.part`;
  try {
    const rows = await writeFile(client, unfinished, options);
    renameSync(unfinished, file);
    return { table, file, rows, bytes: statSync(file).size };
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

async function writeFile(client: pg.Client, file: string, options: ExportOptions): Promise<number> {
  const { table, from, to, signal, progress } = options;
  const described = await client.query<TableColumn>(COLUMNS, [`warehouse.${table}`]);
  const columns = described.rows.map(parquetColumn);
  const root = { name: 'root', num_children: columns.length };
  const schema = [root, ...columns.map(({ element }) => element)];
  const writer = new ParquetWriter({ writer: fileWriter(file), schema, createdBy: 'orderstream export' });
  let rows = 0;
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const time = warehouseTables[table];
    await client.query(
      `DECLARE exported NO SCROLL CURSOR FOR SELECT ${columns.map(({ select }) => select).join(', ')}
       FROM warehouse.${table} t WHERE ($1::timestamptz IS NULL OR ${time} >= $1) AND ($2::timestamptz IS NULL OR ${time} < $2)`,
      [from ?? null, to ?? null],
    );
    for (;;) {
      signal.throwIfAborted();
      const fetched = await client.query<Record<string, string | number | null>>(
        `FETCH ${ROWS} FROM exported`,
      );
      if (fetched.rows.length === 0) break;
      await writer.write({
        columnData: columns.map((column) => dataOf(column, fetched.rows)),
        rowGroupSize: ROWS,
      });
      progress((rows += fetched.rows.length));
    }
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
  await writer.finish();
  return rows;
}

function dataOf({ name, convert }: ParquetColumn, rows: readonly Record<string, string | number | null>[]) {
  return { name, data: rows.map((row) => convert(row[name] ?? null)) };
}
