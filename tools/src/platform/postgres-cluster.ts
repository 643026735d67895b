import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from './platform-error.ts';
import type { PostgresAccount } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { runToEnd } from './run-to-end.ts';
import { POSTGRES_USER } from './settings.ts';

/**
 * Runs initdb, for a user with a password. That happens beside the real directory, which then appears in one step: an interrupted
 * initdb leaves nothing that looks like a cluster.
 */
export async function createCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  account: PostgresAccount,
  signal?: AbortSignal,
): Promise<void> {
  const work = join(dataDir, 'postgres.new');
  const password = join(work, 'password');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { mode: 0o700 });
  writeFileSync(password, POSTGRES_USER, { mode: 0o600 });
  if (account.owner)
    for (const path of [work, password]) chownSync(path, account.owner.uid, account.owner.gid);
  const [command = '', ...args] = [
    ...account.prefix,
    binaries.initdb,
    ...['--pgdata', join(work, 'cluster'), '--username', POSTGRES_USER, '--pwfile', password],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
    // Sorting by code point, the same on every machine.
    ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
  ];
  try {
    await runToEnd(command, args, {
      cwd: dataDir,
      env: { ...process.env, LC_ALL: 'C' },
      ...account.spawn,
      signal,
    });
  } catch (cause) {
    signal?.throwIfAborted();
    const { stderr } = cause as { stderr?: string };
    const lines = (stderr ?? String(cause)).trim().split('\n').slice(-10);
    const message = `PostgreSQL's cluster in ${dataDir} could not be created; the lines below say why.`;
    throw new PlatformError('postgres-start-failed', message, lines, { cause });
  }
  renameSync(join(work, 'cluster'), join(dataDir, 'postgres'));
  rmSync(work, { recursive: true });
}

/** Whether there is a cluster already. */
export function hasCluster(dataDir: string): boolean {
  return existsSync(join(dataDir, 'postgres'));
}
