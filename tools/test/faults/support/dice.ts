/** Throws that come out the same every time (Mulberry32), so that a run can be repeated. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** True in so many of a hundred cases. */
  falls(percent: number): boolean {
    return this.#next() * 100 < percent;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** What gateways do, of a hundred messages: issue's figures. Half of the silence is before a message is kept, half after. */
export const TROUBLE = { fails: 10, hangsBefore: 1, hangsAfter: 1, dropsAfter: 2 } as const;
