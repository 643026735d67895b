/** Visits by hour of the day, as shops see them: a quiet night, a busy noon, the most in the evening. Their mean is 1. */
const HOURS = [
  0.35, 0.2, 0.13, 0.1, 0.12, 0.22, 0.45, 0.75, 0.95, 1.1, 1.2, 1.3, 1.4, 1.3, 1.2, 1.2, 1.25, 1.4, 1.6, 1.85,
  1.9, 1.6, 1.1, 0.68,
] as const;
const HOUR_MS = 60 * 60 * 1000;
const STEPS = 2_000;

/** How busy the shop is at that time of the day, against the day's mean. */
export function busynessAt(timeOfDayMs: number): number {
  const hour = timeOfDayMs / HOUR_MS;
  const [from, to] = [Math.floor(hour) % 24, (Math.floor(hour) + 1) % 24];
  const part = hour - Math.floor(hour);
  return (HOURS[from] as number) * (1 - part) + (HOURS[to] as number) * part;
}

/**
 * Spreads visits over a span of the day: takes a number from 0 to 1 to a time from 0 to `spanMs` so that busy times get more of them.
 */
export function timesAlongTheDay(startsAtMs: number, spanMs: number): (share: number) => number {
  const sums = [0];
  for (let step = 0; step < STEPS; step += 1) {
    sums.push((sums[step] as number) + busynessAt(startsAtMs + ((step + 0.5) / STEPS) * spanMs));
  }
  const total = sums[STEPS] as number;
  return (share) => {
    const wanted = share * total;
    let [low, high] = [0, STEPS];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) <= wanted) low = middle;
      else high = middle;
    }
    const [before, after] = [sums[low] as number, sums[low + 1] as number];
    return ((low + (wanted - before) / (after - before)) / STEPS) * spanMs;
  };
}
