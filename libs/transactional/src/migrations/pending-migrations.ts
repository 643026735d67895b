import { TransientError } from '@orderstream/events';
import type { Database } from '../database/database.ts';
import { sqlStateOf } from '../database/sql-state.ts';
import { migrationName, transactionalMigrations, type MigrationClass } from './index.ts';

const UNDEFINED_TABLE = '42P01';

/**
 * Names of the migrations that this code needs and the database lacks. Does without TypeORM: it is asked by services.
 * @throws TransientError when the database is away
 */
export async function pendingMigrations(
  database: Database,
  migrations: readonly MigrationClass[],
): Promise<string[]> {
  const applied = await appliedMigrations(database);
  return [...transactionalMigrations, ...migrations].map(migrationName).filter((name) => !applied.has(name));
}

async function appliedMigrations(database: Database): Promise<ReadonlySet<string>> {
  try {
    const { rows } = await database.query<{ name: string }>(`SELECT name FROM ${database.schema}.migrations`);
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    const cause = error instanceof TransientError ? error.cause : error;
    if (sqlStateOf(cause) === UNDEFINED_TABLE) return new Set();
    throw error;
  }
}
