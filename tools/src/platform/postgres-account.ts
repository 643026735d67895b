import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { PlatformError } from './platform-error.ts';

/** Whom PostgreSQL runs as: what to spawn it with, and what to put before its command line. */
export interface PostgresAccount {
  /** Who must own its files; absent when it is ourselves. */
  readonly owner?: Owner;
  readonly spawn: Owner | Record<string, never>;
  readonly prefix: readonly string[];
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. An ordinary user runs it as themselves; root runs it as whoever owns the data already,
 * else as `postgres` or `nobody`, whichever the system has. No system user is created.
 *
 * @param paths what that account has to reach. A checkout below a directory only root may enter (`/root`) is reached with
 *   the one capability for it, through setpriv(1).
 */
export function postgresAccount(dataDir: string, paths: readonly string[]): PostgresAccount {
  if (process.getuid?.() !== 0) return { spawn: {}, prefix: [] };
  const owner = ownerOf(dataDir) ?? systemAccount('postgres') ?? systemAccount('nobody') ?? noAccount();
  if (paths.every(everybodyMayReach)) return { owner, spawn: owner, prefix: [] };
  // no_setuid_fixup: else access(2), which initdb asks first, would not count the capability.
  const reach = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const prefix = [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    ...reach,
    '--',
  ];
  if (!works([...prefix, 'true']))
    throw unreachable(paths.find((path) => !everybodyMayReach(path)) ?? dataDir);
  return { owner, spawn: {}, prefix };
}

function ownerOf(dataDir: string): Owner | undefined {
  if (!existsSync(dataDir)) return undefined;
  const { uid, gid } = statSync(dataDir);
  return uid === 0 ? undefined : { uid, gid };
}

function systemAccount(name: string): Owner | undefined {
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

function everybodyMayReach(path: string): boolean {
  if (existsSync(path) && (statSync(path).mode & 0o001) === 0) return false;
  return path === dirname(path) || everybodyMayReach(dirname(path));
}

function works([command = '', ...args]: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function noAccount(): never {
  throw new PlatformError(
    'postgres-start-failed',
    'PostgreSQL will not run as root, and this system has neither a user `postgres` nor `nobody` to run it as. ' +
      'Run this as an ordinary user, or name a server that runs elsewhere in DATABASE_URL.',
  );
}

function unreachable(path: string): PlatformError {
  return new PlatformError(
    'postgres-start-failed',
    `PostgreSQL will not run as root, and other users may not enter ${path}. ` +
      'Run this as an ordinary user, or move the checkout to where everybody may read it.',
  );
}
