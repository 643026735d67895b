import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { signal } from '../platform/process-table.ts';
import { workspaceRoot } from '../platform/index.ts';

export interface ProgramOutcome {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * Runs one program of the workspace and keeps what it prints. It has a process group of its own, which ends as a whole when
 * `stop` says so: what tests have started does not stay behind. `onLine` is told of each line as it comes.
 */
export function runProgram(
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
  onLine?: (line: string) => void,
): Promise<ProgramOutcome> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    if (stop.aborted) return resolve({ ok: false, output: '' });
    const child = spawn(program, args, {
      cwd: workspaceRoot,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    const output = (): string => Buffer.concat(chunks).toString('utf8').trimEnd();
    const endGroup = (): void => signal(-(child.pid ?? 0), 'SIGTERM');
    stop.addEventListener('abort', endGroup, { once: true });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    if (onLine !== undefined)
      for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine);
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => {
      stop.removeEventListener('abort', endGroup);
      resolve({ ok: code === 0, output: output() });
    });
  });
}
