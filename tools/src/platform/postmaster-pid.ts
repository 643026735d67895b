import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcess } from './process-table.ts';

const ORPHANS_DEADLINE_MS = 10_000;

/**
 * Clears the way for a start after PostgreSQL, or the whole machine, went down hard. PostgreSQL cleans up after itself except in two cases:
 *
 * - The number in `postmaster.pid` is in use: by somebody else, after a reboot or in a container, where numbers are soon given out
 *   again, or by the killed server itself, as a zombie nobody has collected. It would refuse to start.
 * - The children of a killed server have not noticed yet: it would refuse until they have.
 */
export async function clearAfterCrash(clusterDir: string): Promise<void> {
  const file = join(clusterDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (findProcess(pid)?.command.includes(clusterDir)) return;
  // Line 7: key and id of the shared memory that the server and its children are attached to.
  const segment = lines[6]?.trim().split(/\s+/)[1] ?? '';
  const end = Date.now() + ORPHANS_DEADLINE_MS;
  while (isAttached(segment) && Date.now() < end) await delay(50);
  if (isNumberInUse(pid)) rmSync(file);
}

/** As PostgreSQL looks at it: a zombie counts. */
function isNumberInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether any process is attached to the segment, as far as this system tells; columns as in proc_sysvipc(5). */
function isAttached(segment: string): boolean {
  if (!existsSync('/proc/sysvipc/shm')) return false;
  return readFileSync('/proc/sysvipc/shm', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some((columns) => columns[1] === segment && columns[6] !== '0');
}
