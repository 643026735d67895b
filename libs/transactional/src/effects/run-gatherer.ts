import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HandleEvents, Run, RunResult } from '@orderstream/events';
import type { Lanes } from './lanes.ts';

/** Runs of different partitions that one call of their handler takes together. */
export interface Bunch {
  readonly runs: readonly [Run, ...Run[]];
  readonly handle: HandleEvents;
}

/**
 * Applies a bunch. It keeps its lane until this resolves: to what becomes of each of its runs, in their order, which may take longer.
 * What it rejects with is the result of all of them.
 */
export type ApplyBunch = (bunch: Bunch) => Promise<readonly Promise<RunResult>[]>;

/** Large slices of a backlog stay apart, so that several cores can work on them. Chosen, not measured: a slice has 500 at most. */
const MAX_EVENTS = 200;

interface Waiting {
  readonly run: Run;
  readonly handle: HandleEvents;
  readonly settle: (result: Promise<RunResult>) => void;
}

/**
 * Brings together what one fetch has brought of several partitions, and what has come while all lanes were busy. At moderate load that
 * is a few records of each, and a transaction costs several round trips however few they are.
 */
export class RunGatherer {
  readonly #lanes: Lanes;
  readonly #applyBunch: ApplyBunch;
  #waiting: Waiting[] = [];

  constructor(lanes: Lanes, applyBunch: ApplyBunch) {
    this.#lanes = lanes;
    this.#applyBunch = applyBunch;
  }

  /** Has the run applied, alone or with others. @throws what `applyBunch` says of it */
  apply(run: Run, handle: HandleEvents): Promise<RunResult> {
    return new Promise((settle) => {
      this.#waiting.push({ run, handle, settle });
      // Whoever has a lane first takes as many along as may come: some will find nothing left.
      void this.#lanes.run(() => this.#applyNext());
    });
  }

  async #applyNext(): Promise<void> {
    await nextTurn();
    const taken = this.#take();
    const [first] = taken;
    if (first === undefined) return;
    const [run, ...others] = taken.map((waiting) => waiting.run) as [Run, ...Run[]];
    const results = this.#applyBunch({ runs: [run, ...others], handle: first.handle });
    for (const [index, { settle }] of taken.entries())
      settle(results.then((all) => all[index] as Promise<RunResult>));
    await results.then(noop, noop);
  }

  /** The one that waits longest, and those behind it that can go with it. */
  #take(): Waiting[] {
    const [first] = this.#waiting;
    if (first === undefined) return [];
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    let events = 0;
    for (const one of this.#waiting) {
      const { length } = one.run.events;
      const goesAlong = one === first || (isAkin(first, one) && events + length <= MAX_EVENTS);
      if (goesAlong) events += length;
      (goesAlong ? taken : left).push(one);
    }
    this.#waiting = left;
    return taken;
  }
}

function isAkin(one: Waiting, other: Waiting): boolean {
  return one.handle === other.handle && one.run.dedupe === other.run.dedupe;
}

function noop(): void {}
