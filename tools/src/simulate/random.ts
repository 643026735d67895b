/** Numbers that look random and follow from a seed alone: sfc32 by Chris Doty-Humphrey (PractRand), 32-bit integer arithmetic only. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param stream another one gives another sequence for the same seed */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    // Neighbouring streams begin far apart.
    this.#c = Math.imul(stream ^ 0x9e3779b9, 0x85ebca6b);
    for (let round = 0; round < 15; round += 1) this.next();
  }

  /** From 0 to below 1. */
  next(): number {
    const t = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)] as T;
  }

  /** The first ones are the most popular: the n-th comes 1/n as often as the first (Zipf). */
  popular<T>(choices: readonly T[]): T {
    const index = Math.floor(Math.exp(this.next() * Math.log(choices.length + 1))) - 1;
    return choices[Math.min(index, choices.length - 1)] as T;
  }
}
