import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

const LOOK_MS = 2_000;
/** Shares of the time in which the event loop works: a backlog or a burst, and hardly anything. */
const BUSY = 0.3;
const IDLE = 0.1;
/** The collection stops the process for some 50 ms: not after every little burst. */
const REST_MS = 20_000;

/**
 * Gives back what a burst of work has left behind, once it is over. V8 does so by itself only when it allocates again, so that an idle
 * service would keep the memory of its last backlog for ever (docs/performance.md).
 * @returns stops it
 */
export function releaseMemoryWhenIdle(): () => void {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as CollectGarbage;
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  let hasWorked = false;
  let collectedAtMs = -REST_MS;
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    hasWorked ||= utilization > BUSY;
    if (!hasWorked || utilization > IDLE || performance.now() - collectedAtMs < REST_MS) return;
    hasWorked = false;
    collectedAtMs = performance.now();
    collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return () => clearInterval(timer);
}
