import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './paths.mjs';

const directory = join(root, '.orderstream');
const lock = join(directory, 'set-up.lock');
const LOOK_AGAIN_MS = 200;
/** Whoever makes the lock writes its process into it at once; one that was killed in between never will. */
const NAMELESS_FOR_MS = 5_000;

let isOurs = false;

/**
 * Does the work while no other command of this checkout does: two `npm ci` or two compilers at once would leave a mixture. Another command
 * is waited for as long as its process lives, or a program that it has started; what is left of one that was killed is taken over.
 *
 * @param {() => Promise<void>} work
 */
export async function oneAtATime(work) {
  let waitsFor;
  while (!take()) {
    const pid = living(found())[0];
    if (pid && pid !== waitsFor) console.error(`Process ${pid} is setting up ${root} (${lock}): waiting …`);
    waitsFor = pid ?? waitsFor;
    await sleep(LOOK_AGAIN_MS);
  }
  isOurs = true;
  try {
    await work();
  } finally {
    isOurs = false;
    rmSync(lock, { force: true });
  }
}

/** A program of the work under way: should we be killed, the next command waits for it. */
export function worksFor(pid) {
  if (isOurs) appendFileSync(lock, `${pid}\n`);
}

function take() {
  mkdirSync(directory, { recursive: true });
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const other = found();
  if (other && living(other).length === 0 && (other.text !== '' || other.ageMs > NAMELESS_FOR_MS))
    remove(other);
  return false;
}

/** Undefined when it has just been given back. */
function found() {
  try {
    return { text: readFileSync(lock, 'utf8'), ageMs: Date.now() - statSync(lock).mtimeMs };
  } catch {
    return undefined;
  }
}

/** Takes it away under a name of its own: who else looked at the same time must not remove the next one's. */
function remove({ text }) {
  const own = `${lock}.${process.pid}`;
  try {
    renameSync(lock, own);
    if (readFileSync(own, 'utf8') === text) rmSync(own);
    else renameSync(own, lock);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

/** Processes that have it. Our own number was somebody else's before: in a container, numbers come again. */
function living(other) {
  const pids = (other?.text ?? '').split('\n').map(Number);
  return pids.filter((pid) => pid && pid !== process.pid && lives(pid));
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
