import type { BenchPlatform } from './bench-platform.ts';

/** What every benchmark is given. */
export interface BenchContext {
  readonly bench: BenchPlatform;
  readonly rounds: number;
  /** Length of a round where a round has a length, s. */
  readonly seconds: number;
  /** Events of a round where a round has a number of them. */
  readonly events: number;
  /** The benchmark is to be broken off: nobody waits for what is under way. */
  readonly stop: AbortSignal;
  readonly progress: (line: string) => void;
}
