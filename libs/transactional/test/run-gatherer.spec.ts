import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HandleEvents, Run, RunResult } from '@orderstream/events';
import { Lanes } from '../src/effects/lanes.ts';
import { RunGatherer, type Bunch } from '../src/effects/run-gatherer.ts';
import { runOf } from './fixture.ts';

const handle: HandleEvents = async () => undefined;

function run(partition: number, events = 1, bounds: Partial<Run> = {}): Run {
  const offsets = Array.from({ length: events }, (_, offset) => offset);
  return { ...runOf({ group: 'worker', topic: 'orders', partition }, offsets), ...bounds };
}

describe('RunGatherer', () => {
  let bunches: Bunch[];
  /** Ends the bunches under way, each with a result that names its runs. */
  let end: (() => void)[];

  beforeEach(() => {
    bunches = [];
    end = [];
  });

  const gatherer = (lanes: number): RunGatherer =>
    new RunGatherer(new Lanes(lanes), (bunch) => {
      bunches.push(bunch);
      return new Promise((resolve) =>
        end.push(() => resolve(bunch.runs.map((one) => Promise.resolve(resultOf(one))))),
      );
    });
  const resultOf = ({ partition }: Run): RunResult => ({ kind: 'moved-on', position: partition });
  const partitions = (): number[][] => bunches.map(({ runs }) => runs.map(({ partition }) => partition));

  it('runs of one turn: one bunch, and each hears what became of it', async () => {
    const { apply } = bound(gatherer(3));
    const results = [0, 1, 2].map((partition) => apply(run(partition), handle));
    await nextTurn();
    expect(partitions()).toEqual([[0, 1, 2]]);
    end[0]?.();
    expect(await Promise.all(results)).toEqual([0, 1, 2].map((position) => ({ kind: 'moved-on', position })));
  });

  it('all lanes are busy: what comes meanwhile goes together once one is free, in the order it came', async () => {
    const { apply } = bound(gatherer(1));
    const all = [apply(run(0), handle)];
    await nextTurn();
    all.push(apply(run(1), handle));
    await nextTurn();
    all.push(apply(run(2), handle));
    await nextTurn();
    expect(partitions()).toEqual([[0]]);
    end[0]?.();
    await settled();
    expect(partitions()).toEqual([[0], [1, 2]]);
    end[1]?.();
    await Promise.all(all);
  });

  it('more events than fit: side by side, the longest waiting first; a small one goes along with the first', async () => {
    const { apply } = bound(gatherer(3));
    const all = [run(0, 150), run(1, 150), run(2, 500), run(3, 50)].map((one) => apply(one, handle));
    await settled();
    expect(partitions()).toEqual([[0, 3], [1], [2]]);
    for (const one of end) one();
    await Promise.all(all);
  });

  it('another handler, another way to tell duplicates: not together', async () => {
    const { apply } = bound(gatherer(3));
    const all = [
      apply(run(0), handle),
      apply(run(1), async () => undefined),
      apply(run(2, 1, { dedupe: 'event-id' }), handle),
      apply(run(3), handle),
    ];
    await settled();
    expect(partitions()).toEqual([[0, 3], [1], [2]]);
    for (const one of end) one();
    await Promise.all(all);
  });

  it('each run has its own result: one fails, the other does not', async () => {
    const { apply } = bound(
      new RunGatherer(new Lanes(1), async ({ runs }) =>
        runs.map(async (one) => {
          if (one.partition === 0) throw new Error('no');
          return resultOf(one);
        }),
      ),
    );
    const [bad, good] = [apply(run(0), handle), apply(run(1), handle)];
    await expect(bad).rejects.toThrow('no');
    expect(await good).toEqual({ kind: 'moved-on', position: 1 });
  });

  it('a result that is not there yet: keeps neither the others nor the lane', async () => {
    const { apply } = bound(
      new RunGatherer(new Lanes(1), async ({ runs }) =>
        runs.map((one) =>
          one.partition === 0 ? new Promise<never>(() => undefined) : Promise.resolve(resultOf(one)),
        ),
      ),
    );
    void apply(run(0), handle);
    expect(await apply(run(1), handle)).toEqual({ kind: 'moved-on', position: 1 });
    expect(await apply(run(2), handle)).toEqual({ kind: 'moved-on', position: 2 });
  });

  it('the whole bunch fails: every run hears of it, and the lane is free', async () => {
    let isAway = true;
    const { apply } = bound(
      new RunGatherer(new Lanes(1), async ({ runs }) => {
        if (isAway) throw new Error('away');
        return runs.map((one) => Promise.resolve(resultOf(one)));
      }),
    );
    const results = await Promise.allSettled([apply(run(0), handle), apply(run(1), handle)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isAway = false;
    expect(await apply(run(2), handle)).toEqual({ kind: 'moved-on', position: 2 });
  });
});

function bound(gatherer: RunGatherer): { apply: RunGatherer['apply'] } {
  return { apply: (one, handler) => gatherer.apply(one, handler) };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
}
