import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process, told apart from a later one that got the same pid. */
export interface ProcessMark {
  readonly pid: number;
  /** When it was started, in the system's own notation. */
  readonly started: string;
}

interface ProcessEntry extends ProcessMark {
  readonly command: string;
}

/** The process with this pid, or undefined when there is none (a zombie counts as none). */
export function findProcess(pid: number): ProcessEntry | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** The mark of a process that runs right now. */
export function markOf(pid: number): ProcessMark | undefined {
  const entry = findProcess(pid);
  return entry && { pid: entry.pid, started: entry.started };
}

/** Whether exactly this process still runs and, when given, its command line names `mentions`. */
export function isRunning(mark: ProcessMark | undefined, mentions = ''): boolean {
  const entry = mark && findProcess(mark.pid);
  return entry !== undefined && entry.started === mark?.started && entry.command.includes(mentions);
}

/** Waits until the process is gone; false when it outlives the deadline. */
export async function waitForExit(mark: ProcessMark, deadlineMs: number): Promise<boolean> {
  const end = Date.now() + deadlineMs;
  while (isRunning(mark)) {
    if (Date.now() > end) return false;
    await delay(25);
  }
  return true;
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function fromProc(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields after the name, which stands in parentheses and may hold spaces: proc(5), state is 3, starttime 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, started: fields[19] ?? '', command };
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): ProcessEntry | undefined {
  try {
    const columns = ['-ww', '-o', 'lstart=', '-o', 'state=', '-o', 'command=', '-p', String(pid)];
    const line = execFileSync('ps', columns, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const match = /^(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(\S+)\s+(.*)$/s.exec(line);
    if (!match?.[1] || !match[3] || match[2]?.startsWith('Z')) return undefined;
    return { pid, started: match[1], command: match[3] };
  } catch {
    return undefined;
  }
}
