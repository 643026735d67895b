import type { DashboardSnapshot, OrderCounts } from './snapshot.ts';

export const MINUTES = 60;
const MINUTE_MS = 60_000;

/** One minute of the chart. */
export interface Slot extends OrderCounts {
  readonly startMs: number;
}

const NOTHING: OrderCounts = { created: 0, confirmed: 0, rejected: 0, paid: 0, cancelled: 0 };

/** The last 60 minutes without gaps, oldest first; the last one is that of `as_of`. */
export function slotsOf({ as_of, minutes }: Pick<DashboardSnapshot, 'as_of' | 'minutes'>): Slot[] {
  const counts = new Map(minutes.map((minute) => [Date.parse(minute.minute), minute]));
  const lastMs = Math.floor(Date.parse(as_of) / MINUTE_MS) * MINUTE_MS;
  return Array.from({ length: MINUTES }, (_, index) => {
    const startMs = lastMs - (MINUTES - 1 - index) * MINUTE_MS;
    return { ...NOTHING, ...counts.get(startMs), startMs };
  });
}

/** What the tallest thing in the chart is. */
export function peakOf(slots: readonly Slot[]): number {
  return Math.max(
    ...slots.map(({ created, confirmed, rejected }) => Math.max(created, confirmed + rejected)),
  );
}

/** Round numbers from 0 to one at or above `peak`: steps of 1, 2 or 5 times a power of ten, whole, at most five of them. */
export function ticksUpTo(peak: number): number[] {
  const rough = Math.max(1, peak / 4);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) as number;
  return Array.from({ length: Math.max(1, Math.ceil(peak / step)) + 1 }, (_, index) => index * step);
}
