import { execFile, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is asked to end is killed after so long: it has only begun something that is done anew. */
const KILL_AFTER_MS = 5_000;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end. An abort asks it to end, and is thrown once it has: `execFile`'s own `signal` throws at once and leaves behind a
 * process that still writes.
 * @throws as `execFile` does, with `stdout` and `stderr`; the reason of an abort
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { signal, ...options }: RunOptions,
): Promise<{ stdout: string; stderr: string }> {
  signal?.throwIfAborted();
  const running = run(command, args, options);
  endOnAbort(running.child, signal);
  try {
    return await running;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Asks the process to end when the signal aborts, and kills it when it does not. */
export function endOnAbort(child: ChildProcess, signal: AbortSignal | undefined): void {
  const end = (): void => {
    child.kill();
    setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
  };
  if (signal?.aborted) return end();
  signal?.addEventListener('abort', end, { once: true });
  child.once('close', () => signal?.removeEventListener('abort', end));
}
