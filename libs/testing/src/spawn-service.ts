import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { eventually } from './eventually.ts';

export interface SpawnServiceOptions {
  /** The program to run: a built `apps/<app>/dist/main.js`. */
  readonly entry: string;
  /** Added to what a service needs of this process's environment (PATH, HOME, NODE_COMPILE_CACHE). */
  readonly env: Readonly<Record<string, string>>;
  /** Answers 2xx once the service is ready. Without it the service counts as ready when it runs. */
  readonly readyUrl?: string;
  /** Default 60,000: the successor of one that was killed waits for its session to run out. */
  readonly readyDeadlineMs?: number;
}

export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A service that runs as a process of its own. */
export interface SpawnedService {
  readonly pid: number;
  /** Every line it wrote so far, stdout and stderr as they came. */
  readonly log: readonly string[];
  /** How it ended; pending while it runs. */
  readonly exited: Promise<ServiceExit>;
  /** Sends SIGKILL: no handler runs, nothing is flushed. Resolves when the process is gone. */
  kill(): Promise<ServiceExit>;
  /** Sends SIGTERM and waits; kills and throws when it has not ended within the deadline. One that has ended is left at that. */
  stop(options?: { readonly deadlineMs?: number }): Promise<ServiceExit>;
}

/**
 * Starts a service and waits until it is ready.
 * @throws when it ends early or is not ready in time; the message holds the last lines it wrote
 */
export async function spawnService(options: SpawnServiceOptions): Promise<SpawnedService> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  const child = spawn(process.execPath, ['--enable-source-maps', options.entry], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => log.push(line));
  }
  const service = new ServiceProcess(child, log);
  try {
    await service.ready(options);
  } catch (error) {
    await service.kill();
    throw error;
  }
  return service;
}

class ServiceProcess implements SpawnedService {
  readonly log: readonly string[];
  readonly exited: Promise<ServiceExit>;
  readonly #child: ChildProcess;
  #exit: ServiceExit | undefined;

  constructor(child: ChildProcess, log: readonly string[]) {
    this.#child = child;
    this.log = log;
    this.exited = new Promise((resolve) => {
      const end = (exit: ServiceExit) => resolve((this.#exit ??= exit));
      // 'close' comes after 'exit', when all output was read.
      child.once('close', (code, signal) => end({ code, signal }));
      child.once('error', () => end({ code: null, signal: null }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async ready({ readyUrl, readyDeadlineMs: deadlineMs = 60_000 }: SpawnServiceOptions): Promise<void> {
    if (readyUrl === undefined) return;
    let ended = false;
    try {
      await eventually(
        async () => {
          if ((ended = this.#exit !== undefined)) return;
          const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) });
          if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
        },
        { deadlineMs, intervalMs: 100 },
      );
    } catch (error) {
      throw new Error(`the service is not ready: ${(error as Error).message}\n${this.#lastLines()}`, {
        cause: error,
      });
    }
    if (ended) throw new Error(`the service ended before it was ready\n${this.#lastLines()}`);
  }

  kill(): Promise<ServiceExit> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }

  async stop({ deadlineMs = 30_000 } = {}): Promise<ServiceExit> {
    if (this.#exit !== undefined) return this.#exit;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), deadlineMs);
    const exit = await this.exited;
    clearTimeout(timer);
    if (exit.signal === 'SIGKILL')
      throw new Error(`the service did not stop within ${deadlineMs} ms\n${this.#lastLines()}`);
    return exit;
  }

  #lastLines(): string {
    return this.log.slice(-30).join('\n');
  }
}

/** fetch takes no request to it (https://fetch.spec.whatwg.org/#port-blocking); the others it refuses lie lower. */
const REFUSED_BY_FETCH = 10_080;
const portsGiven = new Set<number>([REFUSED_BY_FETCH]);

/**
 * A port on 127.0.0.1 that is free now, and that this process was not given before. It lies below every system's ephemeral range, so that
 * nobody gets it by chance while its server is being restarted, and below the ports that test platforms take.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 10_000 + randomInt(10_000);
    if (portsGiven.has(port) || !(await isFree(port))) continue;
    portsGiven.add(port);
    return port;
  }
  throw new Error('found no free port between 10000 and 20000');
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
