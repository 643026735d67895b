interface Sample {
  readonly residentMb: number;
  readonly handled: number;
}

const SHOWN = 24;

/** A service's resident memory over a backlog. */
export class MemorySeries {
  readonly #samples: Sample[] = [];

  add(residentMb: number, handled: number): void {
    this.#samples.push({ residentMb, handled });
  }

  /** The samples, MB, from the first record handled to the last: idle before and after, memory says nothing. */
  working(): number[] {
    const done = this.#samples.at(-1)?.handled ?? 0;
    return this.#samples
      .filter(({ handled }, index) => handled > 0 && (this.#samples[index - 1]?.handled ?? 0) < done)
      .map(({ residentMb }) => residentMb);
  }

  text(): string {
    const working = this.working();
    const shown = Array.from({ length: Math.min(SHOWN, working.length) }, (_, index) =>
      working[Math.floor((index * working.length) / Math.min(SHOWN, working.length))]?.toFixed(0),
    );
    const quarters = quarterMedians(working).map((mb) => mb.toFixed(0));
    return `medians of the quarters ${quarters.join(', ')} MB, peak ${Math.max(...working).toFixed(0)} MB; ${shown.join(' ')}`;
  }
}

/** The last quarter's median over the second one's. The first quarter is left out: there a service still warms up. */
export function growth(samples: readonly number[]): number {
  const [, second = NaN, , last = NaN] = quarterMedians(samples);
  return last / second;
}

export function quarterMedians(samples: readonly number[]): number[] {
  return [0, 1, 2, 3].map((quarter) => {
    const from = Math.floor((quarter * samples.length) / 4);
    const to = Math.floor(((quarter + 1) * samples.length) / 4);
    const sorted = samples.slice(from, to).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? NaN;
  });
}
