import { randomFillSync } from 'node:crypto';

/**
 * A new W3C `traceparent` (Trace Context §3.2): for a request that brought none, and an event that nothing caused. Flag 01: nobody
 * has decided against recording this trace.
 */
export function newTraceparent(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const trace = pool.toString('hex', used, used + 16);
  const parent = pool.toString('hex', used + 16, used + 24);
  used += 24;
  // An id of zeros is invalid; the odds are those of guessing a key.
  return `00-${trace}-${parent}-01`;
}

/** 24 random bytes a trace; one system call serves 170 of them. */
const pool = Buffer.alloc(24 * 170);
let used = pool.length;
