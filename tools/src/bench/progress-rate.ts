import { setTimeout as sleep } from 'node:timers/promises';

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

const SAMPLE_MS = 50;
/** The first and the last tenth are left out: joining and the thin end are not the rate. */
const FROM = 0.1;
const TO = 0.9;

/**
 * Watches a count grow and tells its rate, per second, between a tenth and nine tenths of `total`, or of what was reached when
 * `deadlineMs` passed.
 */
export async function rateOf(
  count: () => Promise<number>,
  total: number,
  deadlineMs: number,
): Promise<number> {
  const samples: Sample[] = [];
  const endMs = performance.now() + deadlineMs;
  for (let done = 0; done < total && performance.now() < endMs;) {
    done = await count();
    samples.push({ atMs: performance.now(), done });
    await sleep(SAMPLE_MS);
  }
  const reached = samples.at(-1)?.done ?? 0;
  const from = samples.find(({ done }) => done >= reached * FROM && done > 0);
  const to = samples.find(({ done }) => done >= reached * TO);
  if (from === undefined || to === undefined || to.atMs <= from.atMs) {
    throw new Error(
      `too little happened to measure a rate: ${reached} of ${total} in ${samples.length} samples`,
    );
  }
  return ((to.done - from.done) / (to.atMs - from.atMs)) * 1000;
}
