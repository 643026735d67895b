import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const require = createRequire(import.meta.url);
const { version } = require('kafkajs/package.json') as { version: string };
const PATCHED_VERSION = '2.2.4';
let isPatched = false;

/**
 * kafkajs 2.2.4 re-arms a timer on every connection for ever, with a negative delay: 3.6 % of a core for an idle client. There is
 * something to check only while requests are pending (tulios/kafkajs#1704, and the discussion of its pull request #1768), so that
 * is when the timer may be armed. A newer version is left as it is: look whether it still needs this.
 */
export function stopIdleTimers(): void {
  if (isPatched || version !== PATCHED_VERSION) return;
  isPatched = true;
  const queue = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const schedule = queue.prototype.scheduleCheckPendingRequests;
  queue.prototype.scheduleCheckPendingRequests = function scheduleWhilePending(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
