import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './paths.mjs';

const directory = join(root, '.orderstream');
const lock = join(directory, 'set-up.lock');
const LOOK_AGAIN_MS = 200;
/** Whoever makes the lock writes its process into it at once; one that was killed in between never will. */
const NAMELESS_FOR_MS = 5_000;

/**
 * Does the work while no other command of this checkout does: two `npm ci` or two compilers at once would leave a mixture. Another command
 * is waited for as long as its process lives; what one that was killed has left is taken over.
 *
 * @param {() => Promise<void>} work
 */
export async function oneAtATime(work) {
  let waitsFor;
  while (!take()) {
    const pid = owner()?.pid;
    if (pid && pid !== waitsFor) console.error(`Process ${pid} is setting up ${root} (${lock}): waiting …`);
    waitsFor = pid ?? waitsFor;
    await sleep(LOOK_AGAIN_MS);
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take() {
  mkdirSync(directory, { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const found = owner();
  if (found && !(found.pid ? lives(found.pid) : found.ageMs < NAMELESS_FOR_MS)) rmSync(lock, { force: true });
  return false;
}

/** Who has it; `pid` is 0 while that is not written yet. Undefined when it has just been given back. */
function owner() {
  try {
    return { pid: Number(readFileSync(lock, 'utf8')), ageMs: Date.now() - statSync(lock).mtimeMs };
  } catch {
    return undefined;
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
