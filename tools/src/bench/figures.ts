/** One way of doing it, measured over several rounds. */
export interface Measured {
  /** `ours`, `stock` or `limit`. */
  readonly way: 'ours' | 'stock' | 'limit';
  readonly what: string;
  /** The figure of each round, in `unit`. */
  readonly rounds: readonly number[];
  readonly median: number;
  /** Further figures of the median round, with their unit in the name. */
  readonly also?: Readonly<Record<string, number>>;
}

export interface BenchResult {
  readonly bench: string;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  readonly how: string;
  readonly measured: readonly Measured[];
  /** How many times better than stock; above 1 is better, whichever way the unit goes. Absent where stock was not measured. */
  readonly timesStock?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The value below which the share `q` of all values lies (nearest rank). */
export function percentile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** One round's figure and what else was seen in it. */
export interface Round {
  readonly figure: number;
  readonly also?: Readonly<Record<string, number>>;
}

export function summarise(way: Measured['way'], what: string, rounds: readonly Round[]): Measured {
  const figures = rounds.map(({ figure }) => figure);
  const middle = median(figures);
  const typical = [...rounds].sort((a, b) => Math.abs(a.figure - middle) - Math.abs(b.figure - middle))[0];
  return { way, what, rounds: figures, median: middle, ...(typical?.also ? { also: typical.also } : {}) };
}

export function result(bench: Omit<BenchResult, 'timesStock'>): BenchResult {
  const of = (way: Measured['way']): number | undefined =>
    bench.measured.find((entry) => entry.way === way)?.median;
  const [ours, stock] = [of('ours'), of('stock')];
  if (ours === undefined || stock === undefined) return bench;
  return { ...bench, timesStock: bench.higherIsBetter ? ours / stock : stock / ours };
}
