import type { Outstanding } from './group-progress.ts';
import type { JobOptions } from './redrive-job.ts';

const EVERY_MS = 1_000;

/** Tells on stderr how far a job has come, at most once a second. */
export function jobProgress(
  planned: number,
  write = (line: string): void => console.error(line),
): Pick<JobOptions, 'onDone' | 'onLeft' | 'onNextRound'> {
  let done = 0;
  let total = planned;
  let toldAtMs = -Infinity;
  const tell = (line: string, isLast: boolean): void => {
    if (!isLast && performance.now() - toldAtMs < EVERY_MS) return;
    toldAtMs = performance.now();
    write(line);
  };
  return {
    onDone: () => tell(`${(done += 1)} of ${total} sent`, done === total),
    onLeft: (left) => tell(left.map(leftText).join('; '), false),
    onNextRound: (letters) => {
      total += letters.length;
      write(`${letters.length} records were parked behind them meanwhile: they follow`);
    },
  };
}

/** What is left of what was handed back to a group. */
export function leftText({ of, records, hasMembers }: Outstanding): string {
  const why = hasMembers ? '' : ` (it is not running; it handles them when it starts)`;
  return `${of.group} has ${records} of ${of.topic} still to handle${why}`;
}
