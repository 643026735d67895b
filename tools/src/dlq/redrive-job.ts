import type { EventProducer } from '@orderstream/events';
import type { LogReader } from '../log/log-reader.ts';
import { OperationRefused } from '../log/operation-refused.ts';
import { chainsOf, isParked } from './chains.ts';
import { untilConsumed, type Outstanding } from './group-progress.ts';
import { handBack, type Done, type Job, type Step } from './hand-back.ts';
import type { LetterLog } from './letter-log.ts';
import { byOriginal, nameOf, type Letter } from './letter.ts';

export interface JobOptions {
  readonly reader: LogReader;
  readonly log: LetterLog;
  readonly producer: Pick<EventProducer, 'sendAll'>;
  readonly job: Job;
  /** How long to wait, after each round, for the groups; 0: not at all. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly onDone: (done: Done) => void;
  readonly onLeft: (left: readonly Outstanding[]) => void;
  /** What becomes of records that were parked behind them meanwhile; undefined: nobody has said. */
  readonly successors: Step['kind'] | 'kept' | undefined;
  /** Told before another round is sent: what was parked meanwhile. */
  readonly onNextRound: (letters: readonly Letter[]) => void;
}

export interface JobResult {
  readonly done: readonly Done[];
  /** Given up again after they were handed back. */
  readonly diedAgain: readonly Letter[];
  /** Somebody else's copy came to the group first: what that one asked for has happened, and this job's copy was dropped. */
  readonly overtaken: readonly Overtaken[];
  /** Parked although nothing of their key is open in the log before them: again and again, or nobody has said what becomes of them. */
  readonly stillParked: readonly Letter[];
  /** Not consumed when the wait was over; empty also when nobody waited. */
  readonly outstanding: readonly Outstanding[];
  /** The groups have come past everything that was sent: handled, or given up again. */
  readonly isSettled: boolean;
  /** Somebody stopped it before everything was sent, or before it was known what came of it. */
  readonly isStopped: boolean;
  /** Why it could not go on, for people: Kafka went away, or retention took a letter. What was done until then is done. */
  readonly brokenOff: string | undefined;
}

/** A letter as it stands now, and what this job had wanted of it. */
export interface Overtaken {
  readonly letter: Letter;
  readonly wanted: Step['kind'];
}

/** A record that is parked so often by one job is not released by trying again. */
const MAX_ROUNDS = 10;

/**
 * Hands letters back, waits until their groups have consumed them, and does the same with what was parked behind them meanwhile, until
 * none is left. What dies again stays in the dead-letter topic, and with it what waits behind it.
 */
export async function runJob(steps: readonly Step[], options: JobOptions): Promise<JobResult> {
  const { reader, log, signal, waitMs, onLeft } = options;
  const done: Done[] = [];
  const before = new Set(log.letters());
  const onDone = (each: Done): void => {
    done.push(each);
    options.onDone(each);
  };
  const result = (more: Partial<JobResult> = {}): JobResult => ({
    ...{ done, diedAgain: diedAgain(done, log), overtaken: overtaken(done, log, options.job) },
    ...{ stillParked: [], outstanding: [] },
    ...{ isSettled: false, isStopped: signal.aborted, brokenOff: undefined },
    ...more,
  });
  try {
    let round = [...steps];
    for (let rounds = 1; round.length > 0; rounds += 1) {
      const doneBefore = done.length;
      if (rounds > MAX_ROUNDS) return result({ stillParked: round.map(({ letter }) => letter) });
      if (rounds > 1) options.onNextRound(round.map(({ letter }) => letter));
      await handBack(round, { ...options, onDone });
      if (signal.aborted || waitMs === 0) return result();
      const handedBack = done.slice(doneBefore).map(({ letter, retry }) => ({ of: letter.of, retry }));
      const outstanding = await untilConsumed(reader, handedBack, { waitMs, signal, onLeft });
      await log.refresh(signal);
      if (outstanding.length > 0 || signal.aborted) return result({ outstanding });
      const { successors } = options;
      const left = successors === 'kept' ? [] : leftParked(done, log);
      if (successors !== 'redriven') {
        // What came while it ran was in no preview: nobody has said that it may be given up.
        const stillParked = left.filter((letter) => !before.has(letter));
        return result({ stillParked, isSettled: stillParked.length === 0 });
      }
      round = left.map((letter) => ({ letter, kind: 'redriven' }));
    }
    return result({ isSettled: true });
  } catch (error) {
    if (error instanceof OperationRefused) return result({ brokenOff: error.message });
    throw error;
  }
}

/** What is parked now behind records that this job has handed back, and that nothing holds up any more. */
function leftParked(done: readonly Done[], log: LetterLog): Letter[] {
  const touched = new Set(done.map(({ letter }) => chainName(letter)));
  return chainsOf(log.letters())
    .filter((chain) => touched.has(chainName(chain[0])) && isParked(chain[0]))
    .flatMap((chain) => {
      const end = chain.findIndex((letter) => !isParked(letter));
      return end < 0 ? [...chain] : chain.slice(0, end);
    })
    .sort(byOriginal);
}

function chainName({ of, key, id }: Letter): string {
  return JSON.stringify([of.group, of.topic, of.ordered ? key : id]);
}

/** The newest standing of what was redriven and has failed again by itself. */
function diedAgain(done: readonly Done[], log: LetterLog): Letter[] {
  return lastOf(done).flatMap(({ letter, kind }) => {
    const now = log.find(letter);
    const isAgain = now !== undefined && now.standing.letterOffset > letter.standing.letterOffset;
    return isAgain && kind === 'redriven' && now.standing.state === 'open' && !isParked(now) ? [now] : [];
  });
}

/** What was closed by another job's copy, which lies before this job's on the retry topic; or died again by it and was to be given up. */
function overtaken(done: readonly Done[], log: LetterLog, { id }: Job): Overtaken[] {
  return lastOf(done).flatMap(({ letter, kind: wanted }) => {
    const now = log.find(letter);
    const { resolution, state, letterOffset } = now?.standing ?? letter.standing;
    const isOthers = resolution?.job !== undefined && resolution.job !== id;
    const isOpenAgain = state === 'open' && letterOffset > letter.standing.letterOffset;
    return now !== undefined && (isOthers || (isOpenAgain && wanted === 'discarded'))
      ? [{ letter: now, wanted }]
      : [];
  });
}

/** Of each letter, the last that this job did with it. */
function lastOf(done: readonly Done[]): Done[] {
  return [...new Map(done.map((each) => [nameOf(each.letter), each])).values()];
}
