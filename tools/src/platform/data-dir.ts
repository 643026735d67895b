import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from './platform-error.ts';
import { isRunning, markOf, type ProcessMark } from './process-table.ts';

/** Below this a start is refused: Kafka and PostgreSQL stop hard, in the middle of work, when the disk fills up under them. */
const NEEDED_BYTES = 512 * 1024 * 1024;

export interface ServerRecord extends ProcessMark {
  readonly port: number;
}

/** What `platform.json` says about a data directory: who runs it and which servers are up. */
export interface PlatformRecord {
  /** The process that started the servers and stops them again; with `detached` it may be gone and they go on. */
  readonly owner: ProcessMark;
  readonly detached: boolean;
  /** With `detached`: processes that have attached to the servers and rely on them until they end. */
  readonly users?: readonly ProcessMark[];
  readonly kafka?: ServerRecord | undefined;
  readonly postgres?: ServerRecord | undefined;
}

/** The data directory, made when it is missing, with what a start needs checked: rights and room. */
export function openDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const message = `The local data directory ${dataDir} cannot be written by you. It was probably made by another user: run this as them, or delete it.`;
    throw new PlatformError('data-dir-unusable', message, [], { cause });
  }
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize >= NEEDED_BYTES) return;
  const free = Math.floor((bavail * bsize) / 1024 / 1024);
  const message = `The disk that holds ${dataDir} has ${free} MB left; Kafka and PostgreSQL need ${NEEDED_BYTES / 1024 / 1024} MB. Free some space, or delete local data with \`npx orderstream reset\`.`;
  throw new PlatformError('disk-full', message);
}

export function readRecord(dataDir: string): PlatformRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(dataDir), 'utf8')) as PlatformRecord;
  } catch {
    return undefined; // none, or half a file from a machine that lost power
  }
}

/** The record of this process as the owner; it becomes visible in one step. */
export function writeRecord(dataDir: string, record: Omit<PlatformRecord, 'owner'>): void {
  const owner = markOfThisProcess();
  const work = `${recordFile(dataDir)}.${process.pid}`;
  writeFileSync(work, JSON.stringify({ owner, ...record }, null, 2) + '\n');
  renameSync(work, recordFile(dataDir));
}

export function removeRecord(dataDir: string): void {
  rmSync(recordFile(dataDir), { force: true });
}

export function markOfThisProcess(): ProcessMark {
  return markOf(process.pid) ?? { pid: process.pid, started: '' };
}

/** Processes other than this one that use servers which are nobody's, and still run. */
export function otherUsers(record: PlatformRecord | undefined): ProcessMark[] {
  return (record?.users ?? []).filter((user) => user.pid !== process.pid && isRunning(user));
}

/** The process for which the servers of the data directory must stay: its owner, or one that has attached (and is not this one). */
export function liveUser(record: PlatformRecord | undefined): ProcessMark | undefined {
  return liveOwner(record) ?? otherUsers(record)[0];
}

/** The process that uses the data directory now and will stop its servers itself, if there is one (and it is not this one). */
export function liveOwner(record: PlatformRecord | undefined): ProcessMark | undefined {
  if (!record || record.detached || record.owner.pid === process.pid) return undefined;
  return isRunning(record.owner) ? record.owner : undefined;
}

/** What to say when another process that still runs owns the data directory. */
export function inUse(dataDir: string, pid: number): PlatformError {
  const message = `The local platform in ${dataDir} is in use by process ${pid} (\`npm start\`). Stop that first (Ctrl-C there, or \`kill ${pid}\`).`;
  return new PlatformError('data-dir-in-use', message);
}

/** The server of the record, when exactly that process still runs and works in this data directory. */
export function runningServer(record: ServerRecord | undefined, dataDir: string): ServerRecord | undefined {
  return isRunning(record, dataDir) ? record : undefined;
}

function recordFile(dataDir: string): string {
  return join(dataDir, 'platform.json');
}
