import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answers } from './databases.ts';
import { PlatformError } from './platform-error.ts';
import { postgresAccount } from './postgres-account.ts';
import { clearAfterCrash } from './postmaster-pid.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { createCluster, hasCluster } from './postgres-cluster.ts';
import type { OnProgress } from './progress.ts';
import { ServerProcess, type PlatformServerIdentity } from './server-process.ts';
import { HOST, POSTGRES_USER } from './settings.ts';

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
  /** Ends the start. */
  readonly signal?: AbortSignal | undefined;
}

/** Fixed properties of the PostgreSQL server in a data directory, for starting it and for taking over a running one. */
export function postgresIdentity(dataDir: string): PlatformServerIdentity {
  return {
    title: 'PostgreSQL',
    stopSignal: 'SIGINT', // "fast": roll back what is open, checkpoint, stop
    stopDeadlineMs: 20_000,
    logFile: join(dataDir, 'log', 'postgres.log'),
    ownArgument: join(dataDir, 'postgres'),
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
  if (!hasCluster(settings.dataDir)) {
    settings.onProgress({ part: 'postgres', state: 'working', message: 'creating the database cluster' });
    await createCluster(settings.dataDir, binaries, account, settings.signal);
  }
  await clearAfterCrash(clusterDir);
  settings.onProgress({ part: 'postgres', state: 'working', message: 'starting' });
  settings.signal?.throwIfAborted();
  const options = Object.entries({ ...SERVER_SETTINGS, port: String(settings.port) });
  const [command = '', ...args] = [...account.prefix, binaries.postgres, '-D', clusterDir];
  const server = await ServerProcess.start({
    ...postgresIdentity(settings.dataDir),
    command,
    args: [...args, ...options.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: settings.dataDir,
    env: { ...process.env, LC_ALL: 'C' },
    ...account.spawn,
    detached: settings.detached,
  });
  started(server);
  await untilAnswering(server, settings);
  return server;
}

async function untilAnswering(
  server: ServerProcess,
  { port, dataDir, signal }: PostgresSettings,
): Promise<void> {
  const end = Date.now() + READY_DEADLINE_MS;
  while (!(await answers(postgresUrl(port)))) {
    signal?.throwIfAborted();
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
