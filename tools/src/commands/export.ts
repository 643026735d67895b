import { isAbsolute, join } from 'node:path';
import { Argument, InvalidArgumentError, type Command } from 'commander';
import type pg from 'pg';
import { exportTable, type ExportedFile } from '../export/export-table.ts';
import { TABLES, type WarehouseTable } from '../export/warehouse-tables.ts';
import { OperationRefused, sayingWhy } from '../log/operation-refused.ts';
import { NO_HURRY, onDatabase, withDatabaseOptions, type DatabaseFlags } from '../order/service-databases.ts';
import { listenForStop } from '../stop-request.ts';

interface ExportFlags extends Partial<DatabaseFlags> {
  readonly out: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

const PROGRESS_MS = 1_000;

/** `orderstream export`: the warehouse as Parquet, for people with another one. */
export function registerExport(program: Command): void {
  withDatabaseOptions(program.command('export'))
    .description(
      'write tables of the warehouse as Parquet: <out>/<table>.parquet, each as of one moment. Times are UTC microseconds, amounts minor units',
    )
    .addArgument(new Argument('[table...]', 'which; default: all').choices(TABLES))
    .requiredOption('--out <directory>', 'where the files go; those of the same name are replaced')
    .option('--from <time>', 'only what happened then or later, RFC 3339', time)
    .option('--to <time>', 'only what happened before', time)
    .option('--json', 'print [{table, file, rows, bytes}]')
    .action(sayingWhy(exportTables));
}

async function exportTables(chosen: WarehouseTable[], flags: ExportFlags): Promise<void> {
  const stop = listenForStop();
  // npm runs the tool in the checkout's root, and says where it was called.
  const directory = isAbsolute(flags.out)
    ? flags.out
    : join(process.env['INIT_CWD'] ?? process.cwd(), flags.out);
  const files: ExportedFile[] = [];
  await onDatabase('analytics', flags, async (client) => {
    // A range of a large table is read from end to end before its first row is there.
    await client.query(NO_HURRY);
    await cancelOnStop(client, flags, stop.signal);
    for (const table of chosen.length === 0 ? TABLES : chosen) {
      const progress = tellNowAndThen(table);
      const range = { from: flags.from, to: flags.to };
      files.push(
        await exportTable(client, { table, ...range, directory, signal: stop.signal, progress }).catch(
          (error: unknown) => refuse(error, stop.signal),
        ),
      );
      if (!flags.json) console.log(lineOf(files.at(-1) as ExportedFile));
    }
  });
  if (flags.json) console.log(JSON.stringify(files, null, 2));
}

/** Ctrl-C is not to wait for what PostgreSQL is reading. */
async function cancelOnStop(
  client: pg.Client,
  flags: Partial<DatabaseFlags>,
  signal: AbortSignal,
): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const cancel = (): Promise<unknown> =>
    onDatabase('analytics', flags, (other) => other.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid]));
  signal.addEventListener('abort', () => void cancel().catch(() => undefined), { once: true });
}

function refuse(error: unknown, signal: AbortSignal): never {
  if (signal.aborted) throw new OperationRefused('stopped', { cause: error });
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'ENOTDIR' || code === 'ENOSPC' || code === 'EEXIST') {
    throw new OperationRefused(`Cannot write there: ${(error as Error).message}`, { cause: error });
  }
  if (code === '42P01') {
    throw new OperationRefused(
      "The warehouse lacks that table: run `orderstream migrate`, or analytics' `dist/migrate.js`.",
      { cause: error },
    );
  }
  throw error;
}

function tellNowAndThen(table: string): (rows: number) => void {
  let toldAtMs = performance.now();
  return (rows) => {
    if (performance.now() - toldAtMs < PROGRESS_MS) return;
    toldAtMs = performance.now();
    console.error(`${table}: ${rows} rows`);
  };
}

function lineOf({ table, rows, bytes, file }: ExportedFile): string {
  return `${table.padEnd(22)} ${String(rows).padStart(10)} rows ${(bytes / 1e6).toFixed(2).padStart(9)} MB  ${file}`;
}

function time(text: string): string {
  if (
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    isOnCalendar(text.slice(0, 10))
  ) {
    return new Date(text).toISOString();
  }
  throw new InvalidArgumentError('It must be a day, as 2026-06-13 (UTC), or an RFC 3339 time.');
}

/** Date takes 30 February for 2 March. */
function isOnCalendar(day: string): boolean {
  return new Date(day).toISOString().startsWith(day);
}
