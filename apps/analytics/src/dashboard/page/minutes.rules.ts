import type { DashboardSnapshot, MinuteCounts } from './snapshot.ts';

export const MINUTES = 60;
const MINUTE_MS = 60_000;

/** One minute of the charts. */
export interface Slot extends Omit<MinuteCounts, 'minute'> {
  readonly startMs: number;
}

const NOTHING = { created: 0, confirmed: 0, rejected: 0, paid: 0, cancelled: 0, revenue: {} };

/** The last 60 minutes without gaps, oldest first; the last one is that of `as_of`. */
export function slotsOf({ as_of, minutes }: Pick<DashboardSnapshot, 'as_of' | 'minutes'>): Slot[] {
  const counts = new Map(minutes.map((minute) => [Date.parse(minute.minute), minute]));
  const lastMs = Math.floor(Date.parse(as_of) / MINUTE_MS) * MINUTE_MS;
  return Array.from({ length: MINUTES }, (_, index) => {
    const startMs = lastMs - (MINUTES - 1 - index) * MINUTE_MS;
    return { ...NOTHING, ...counts.get(startMs), startMs };
  });
}

/** So many minutes are shown at least. */
const FEWEST = 20;

/** Without the empty minutes before anything happened: a system that was started a moment ago is not a bar at the edge of nothing. */
export function sinceBeginning(slots: readonly Slot[]): readonly Slot[] {
  const first = slots.findIndex(({ created, confirmed, rejected }) => created + confirmed + rejected > 0);
  const from = first === -1 ? slots.length : Math.max(0, first - 1);
  return slots.slice(Math.min(from, slots.length - FEWEST));
}
