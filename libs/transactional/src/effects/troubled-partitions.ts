import type { Run } from '@orderstream/events';

type Stretch = Pick<Run, 'group' | 'topic' | 'partition' | 'firstOffset' | 'nextOffset'>;

/**
 * The partitions whose runs are applied alone, since something failed there, or is dead-lettered or parked: each from the first
 * run in trouble until the last one has been seen to be well.
 */
export class TroubledPartitions {
  readonly #stretches = new Map<string, { readonly from: number; readonly to: number }>();

  has(run: Stretch): boolean {
    return this.#stretches.has(nameOf(run));
  }

  note(run: Stretch): void {
    const { from, to } = this.#stretches.get(nameOf(run)) ?? { from: Infinity, to: 0 };
    const { firstOffset, nextOffset } = run;
    this.#stretches.set(nameOf(run), { from: Math.min(from, firstOffset), to: Math.max(to, nextOffset) });
  }

  /**
   * The first half of a run that failed says nothing of the rest. What lies before the trouble is there because the partition was set
   * back or made anew: then nothing is known of it any more.
   */
  seenWell(run: Stretch): void {
    const trouble = this.#stretches.get(nameOf(run));
    if (trouble === undefined) return;
    if (run.nextOffset >= trouble.to || run.firstOffset < trouble.from) this.#stretches.delete(nameOf(run));
  }
}

function nameOf({ group, topic, partition }: Stretch): string {
  return `${group}/${topic}/${partition}`;
}
