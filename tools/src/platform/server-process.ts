import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { PlatformError } from './platform-error.ts';
import { isRunning, markOf, signal, waitForExit, type ProcessMark } from './process-table.ts';

const LOG_ROTATE_BYTES = 5 * 1024 * 1024;
const KILL_DEADLINE_MS = 5_000;

/** What is needed to watch over a server, no matter who started it. */
export interface ServerIdentity {
  /** For messages: "Kafka", "PostgreSQL". */
  readonly title: string;
  readonly logFile: string;
  /** Asks the server to stop in order. */
  readonly stopSignal: NodeJS.Signals;
  readonly stopDeadlineMs: number;
}

/** A server of the platform in a data directory. */
export interface PlatformServerIdentity extends ServerIdentity {
  /** The argument of its command line that no server in another data directory has. */
  readonly ownArgument: string;
}

export interface ServerCommand extends ServerIdentity {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** True: it outlives this process (`platform up`). False: it is stopped when this process ends, however it ends. */
  readonly detached: boolean;
}

/** A running server of the platform: one we started, or one we found running. */
export class ServerProcess {
  /** Settles when the server is gone; never for one we only found running. */
  readonly exited: Promise<void>;
  #stopping = false;

  private constructor(
    readonly mark: ProcessMark,
    private readonly settings: ServerIdentity,
    private readonly logOffset: number,
    child?: ChildProcess,
    guard?: ChildProcess,
  ) {
    this.exited = new Promise((resolve) => {
      child?.once('exit', () => {
        guard?.kill('SIGKILL');
        resolve();
      });
    });
  }

  /** Starts the server in a process group of its own, so that a Ctrl-C in the terminal does not reach it before us. */
  static async start(settings: ServerCommand): Promise<ServerProcess> {
    mkdirSync(dirname(settings.logFile), { recursive: true });
    rotateLog(settings.logFile);
    const logOffset = existsSync(settings.logFile) ? statSync(settings.logFile).size : 0;
    const log = openSync(settings.logFile, 'a');
    const child = spawn(settings.command, [...settings.args], {
      cwd: settings.cwd,
      env: settings.env ?? process.env,
      ...(settings.uid === undefined ? {} : { uid: settings.uid }),
      ...(settings.gid === undefined ? {} : { gid: settings.gid }),
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const pid = child.pid ?? 0;
    const guard = settings.detached ? undefined : startGuard(pid, settings.stopSignal);
    if (settings.detached) child.unref();
    return new ServerProcess(markOf(pid) ?? { pid, started: 'gone' }, settings, logOffset, child, guard);
  }

  /** A server that another process started and that still runs. */
  static adopt(mark: ProcessMark, settings: ServerIdentity): ServerProcess {
    return new ServerProcess(mark, settings, 0);
  }

  get isRunning(): boolean {
    return isRunning(this.mark);
  }

  /** True once somebody asked this server to stop: its end is expected. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** What the server wrote to its log since it was started, last lines last. */
  lastLogLines(count = 15): string[] {
    const written = existsSync(this.settings.logFile) ? readFileSync(this.settings.logFile) : Buffer.alloc(0);
    return written.subarray(this.logOffset).toString('utf8').trimEnd().split('\n').slice(-count);
  }

  /** Stops the server in order; past its deadline, or `withinMs`, it is killed (both servers recover from that by their logs). */
  async stop(withinMs = Infinity): Promise<void> {
    this.#stopping = true;
    if (!this.isRunning) return;
    signal(this.mark.pid, this.settings.stopSignal);
    if (await waitForExit(this.mark, Math.min(withinMs, this.settings.stopDeadlineMs))) return;
    signal(this.mark.pid, 'SIGKILL');
    if (await waitForExit(this.mark, KILL_DEADLINE_MS)) return;
    throw new PlatformError(
      'stop-failed',
      `${this.settings.title} (process ${this.mark.pid}) does not stop, not even killed. Look at it with \`ps -fp ${this.mark.pid}\`.`,
    );
  }
}

/**
 * A shell that waits for the end of a pipe only we hold open: when this process dies, even by `kill -9`, the pipe closes
 * and the shell asks the server to stop. It costs one idle `sh` per server and works wherever there is a POSIX shell.
 */
function startGuard(pid: number, stopSignal: NodeJS.Signals): ChildProcess {
  const script = 'read -r _; kill -s "$1" "$2"';
  const guard = spawn('sh', ['-c', script, 'orderstream-guard', stopSignal.replace('SIG', ''), String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined); // without a shell the next start still recovers
  const pipe = guard.stdin as Socket;
  pipe.on('error', () => undefined);
  pipe.unref();
  guard.unref();
  return guard;
}

function rotateLog(file: string): void {
  if (existsSync(file) && statSync(file).size > LOG_ROTATE_BYTES) renameSync(file, `${file}.1`);
}
