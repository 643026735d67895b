import type { LagReading, PartitionLag } from './lag-reading.ts';

/**
 * How a group does on a topic. STOPPED: nobody is there to read. STALLED: somebody is, and nothing moves. WARN: it moves, and falls
 * behind further and further. The rules are Burrow's (https://github.com/linkedin/Burrow/wiki/Consumer-Lag-Evaluation-Rules), but for
 * the members: Burrow tells STOPPED by commits that cease, we by a group that nobody is in.
 */
export type LagVerdict = 'OK' | 'WARN' | 'STALLED' | 'STOPPED';

/** A partition at one moment of the window. */
export interface LagSample extends Pick<PartitionLag, 'position' | 'end' | 'oldestAtMs'> {
  readonly atMs: number;
  readonly members: number;
}

const BY_WEIGHT: readonly LagVerdict[] = ['OK', 'WARN', 'STALLED', 'STOPPED'];
/** Behind by less is no worry, whichever way it goes: commits come four times a second, and a look every few seconds. */
const WORRY_SECONDS = 5;

/** Judges one partition by all samples of the window, oldest first; at least two. */
export function judgePartition(samples: readonly LagSample[]): LagVerdict {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return 'OK';
  // Caught up once in the window: it keeps up, whatever the other samples say.
  if (samples.some((sample) => lagOf(sample) === 0)) return 'OK';
  // A position set back is somebody at work, too.
  if (samples.every(({ position }) => position === first.position))
    return last.members === 0 ? 'STOPPED' : 'STALLED';
  return ageSeconds(last) >= WORRY_SECONDS && isRising(samples) ? 'WARN' : 'OK';
}

/** The verdict on a topic is the one on its worst partition. */
export function worstOf(verdicts: readonly LagVerdict[]): LagVerdict {
  return verdicts.reduce(
    (worst, each) => (BY_WEIGHT.indexOf(each) > BY_WEIGHT.indexOf(worst) ? each : worst),
    'OK',
  );
}

/** Records between position and end, over all partitions. */
export function recordsBehind({ partitions }: Pick<LagReading, 'partitions'>): number {
  return partitions.reduce((sum, each) => sum + lagOf(each), 0);
}

/** Age of the oldest record not yet consumed; 0 where there is none. */
export function secondsBehind({ partitions }: Pick<LagReading, 'partitions'>, nowMs: number): number {
  const ages = partitions.map(({ oldestAtMs }) => (oldestAtMs === undefined ? 0 : nowMs - oldestAtMs));
  return Math.max(0, ...ages) / 1000;
}

/** Every lag of the window's newer half exceeds every one of its older half: noise does not do that. */
function isRising(samples: readonly LagSample[]): boolean {
  const lags = samples.map(lagOf);
  const half = Math.floor(lags.length / 2);
  return Math.min(...lags.slice(-half)) > Math.max(...lags.slice(0, half));
}

function lagOf({ position, end }: Pick<LagSample, 'position' | 'end'>): number {
  return end - position;
}

function ageSeconds({ atMs, oldestAtMs }: LagSample): number {
  return (atMs - (oldestAtMs ?? atMs)) / 1000;
}
