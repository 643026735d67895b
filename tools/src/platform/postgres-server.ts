import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answers } from './databases.ts';
import { PlatformError } from './platform-error.ts';
import { postgresAccount, type PostgresAccount } from './postgres-account.ts';
import { clearAfterCrash } from './postmaster-pid.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import type { OnProgress } from './progress.ts';
import { ServerProcess, type ServerIdentity } from './server-process.ts';
import { HOST, POSTGRES_USER } from './settings.ts';

const run = promisify(execFile);
/** Crash recovery replays at most max_wal_size (1 GB) before the server answers. */
const READY_DEADLINE_MS = 120_000;

/** Durability stays as PostgreSQL ships it (fsync, synchronous_commit, full_page_writes on); these only fit it to one developer's machine. */
const SERVER_SETTINGS = {
  listen_addresses: HOST,
  // A socket in /tmp would be in the way of another server's, and nobody needs it.
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  // The same on every machine, so that a test does not depend on where it runs.
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %d ',
};

export interface PostgresSettings {
  readonly dataDir: string;
  readonly port: number;
  readonly detached: boolean;
  readonly onProgress: OnProgress;
}

/** Fixed properties of the PostgreSQL server in a data directory, for starting it and for taking over a running one. */
export function postgresIdentity(dataDir: string): ServerIdentity {
  return {
    title: 'PostgreSQL',
    stopSignal: 'SIGINT', // "fast": roll back what is open, checkpoint, stop
    stopDeadlineMs: 20_000,
    logFile: join(dataDir, 'log', 'postgres.log'),
  };
}

export function postgresUrl(port: number, database = 'postgres'): string {
  return `postgres://${POSTGRES_USER}:${POSTGRES_USER}@${HOST}:${port}/${database}`;
}

/** Makes the cluster when there is none yet, starts the server and hands it to `started` before it waits until it answers queries. */
export async function startPostgresServer(
  settings: PostgresSettings,
  started: (server: ServerProcess) => void,
): Promise<ServerProcess> {
  const binaries = await findPostgresBinaries();
  const clusterDir = join(settings.dataDir, 'postgres');
  const account = postgresAccount(clusterDir, [binaries.initdb, settings.dataDir]);
  await initialise(settings, binaries, account);
  await clearAfterCrash(clusterDir);
  settings.onProgress({ part: 'postgres', state: 'working', message: 'starting' });
  const options = Object.entries({ ...SERVER_SETTINGS, port: String(settings.port) });
  const [command = '', ...args] = [...account.prefix, binaries.postgres, '-D', clusterDir];
  const server = await ServerProcess.start({
    ...postgresIdentity(settings.dataDir),
    command,
    args: [...args, ...options.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: settings.dataDir,
    env: { ...process.env, LC_ALL: 'C' },
    uid: account.uid,
    gid: account.gid,
    detached: settings.detached,
  });
  started(server);
  await untilAnswering(server, settings);
  return server;
}

/** Made beside the real directory, which then appears in one step: an interrupted initdb leaves nothing that looks like a cluster. */
async function initialise(
  settings: PostgresSettings,
  binaries: PostgresBinaries,
  account: PostgresAccount,
): Promise<void> {
  const { dataDir, onProgress } = settings;
  const clusterDir = join(dataDir, 'postgres');
  if (existsSync(clusterDir)) return;
  onProgress({ part: 'postgres', state: 'working', message: 'creating the database cluster' });
  const work = join(dataDir, 'postgres.new');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { mode: 0o700 });
  writeFileSync(join(work, 'password'), POSTGRES_USER, { mode: 0o600 });
  const ids = ownerIds(account);
  if (ids) for (const path of [work, join(work, 'password')]) chownSync(path, ids.uid, ids.gid);
  const [command = '', ...args] = [
    ...account.prefix,
    binaries.initdb,
    ...['--pgdata', join(work, 'cluster'), '--username', POSTGRES_USER, '--pwfile', join(work, 'password')],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
    // Sorting by code point, the same on every machine.
    ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
  ];
  try {
    const { uid, gid } = account;
    await run(command, args, {
      cwd: dataDir,
      env: { ...process.env, LC_ALL: 'C' },
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    });
  } catch (cause) {
    const lines = String((cause as { stderr?: string }).stderr ?? cause)
      .trim()
      .split('\n');
    const message = `PostgreSQL's cluster in ${dataDir} could not be created; the lines below say why.`;
    throw new PlatformError('postgres-start-failed', message, lines.slice(-10), { cause });
  }
  renameSync(join(work, 'cluster'), clusterDir);
  rmSync(work, { recursive: true });
}

function ownerIds({ uid, gid, prefix }: PostgresAccount): { uid: number; gid: number } | undefined {
  if (uid !== undefined && gid !== undefined) return { uid, gid };
  const id = (flag: string) => Number(prefix.find((part) => part.startsWith(flag))?.slice(flag.length));
  return prefix.length ? { uid: id('--reuid='), gid: id('--regid=') } : undefined;
}

async function untilAnswering(server: ServerProcess, { port, dataDir }: PostgresSettings): Promise<void> {
  const end = Date.now() + READY_DEADLINE_MS;
  while (!(await answers(postgresUrl(port)))) {
    if (!server.isRunning) throw startFailed(server, 'did not start', dataDir);
    if (Date.now() > end)
      throw startFailed(server, `did not answer within ${READY_DEADLINE_MS / 1000} s`, dataDir);
    await delay(50);
  }
}

function startFailed(server: ServerProcess, what: string, dataDir: string): PlatformError {
  const wayOut = 'If its data is damaged, `npx orderstream reset` starts afresh (and deletes the local data)';
  const message = `PostgreSQL ${what}; its last lines are below, all of them in ${postgresIdentity(dataDir).logFile}. ${wayOut}.`;
  return new PlatformError('postgres-start-failed', message, server.lastLogLines());
}
