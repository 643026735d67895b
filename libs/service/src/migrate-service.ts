import { migrate, type MigrateOptions } from '@orderstream/transactional/migrate';
import Type from 'typebox';
import { ConfigurationError } from './environment/configuration-error.ts';
import { readEnvironment } from './environment/read-environment.ts';
import { databaseEnvironment } from './environment/shared.ts';

export interface MigratedService extends Pick<MigrateOptions, 'schema' | 'migrations'> {
  /** As it stands in front of what went wrong. */
  readonly name: string;
  /** Default: that of this process. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * All of a service's `migrate.ts`: brings the database that DATABASE_URL names up to date and says what it did, a line each. When it cannot,
 * it says why and sets the exit code to 1.
 */
export async function migrateService({
  name,
  environment = process.env,
  ...wanted
}: MigratedService): Promise<void> {
  try {
    const variables = Type.Object(databaseEnvironment(wanted.schema));
    const { DATABASE_URL: url } = readEnvironment(variables, environment);
    await migrate({ ...wanted, url, progress: (line) => console.log(line) });
  } catch (error) {
    console.error(`${name}: ${reason(error)}`);
    process.exitCode = 1;
  }
}

/** A sentence for what an operator can mend, everything for what only we can. */
function reason(error: unknown): string | undefined {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one name, none of which answered.
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  const isForeseen = error instanceof ConfigurationError || 'code' in error;
  return isForeseen ? error.message : error.stack;
}
