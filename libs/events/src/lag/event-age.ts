import { eventAgeSeconds } from '../metrics.ts';

/** How old events were when their effect was committed, of a while. */
export interface EventAges {
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Buckets = ReadonlyMap<number, number>;

/** What this process's `orderstream_event_age_seconds` of one group said in the last while. As fine as the buckets are. */
export class RecentEventAges {
  readonly #group: string;
  readonly #windowMs: number;
  #samples: { readonly atMs: number; readonly buckets: Buckets }[] = [];

  constructor(group: string, windowMs: number) {
    this.#group = group;
    this.#windowMs = windowMs;
  }

  /** Takes a sample, and compares it with the oldest one of the window. @returns undefined when nothing was committed meanwhile */
  async sample(nowMs: number): Promise<EventAges | undefined> {
    const buckets = await cumulative(this.#group);
    this.#samples = [
      ...this.#samples.filter(({ atMs }) => atMs >= nowMs - this.#windowMs),
      { atMs: nowMs, buckets },
    ];
    return agesBetween(this.#samples[0]?.buckets ?? new Map(), buckets);
  }
}

/** Quantiles of what was added between two states of cumulative buckets (upper bound in seconds → count), linear within a bucket. */
export function agesBetween(before: Buckets, after: Buckets): EventAges | undefined {
  const added = [...after]
    .map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }))
    .sort((a, b) => a.bound - b.bound);
  const events = added.at(-1)?.count ?? 0;
  if (events <= 0) return undefined;
  return { events, p50Ms: quantileMs(added, events * 0.5), p99Ms: quantileMs(added, events * 0.99) };
}

function quantileMs(added: readonly { bound: number; count: number }[], rank: number): number {
  let below = { bound: 0, count: 0 };
  for (const each of added) {
    if (each.count >= rank) {
      if (each.bound === Infinity) return below.bound * 1000;
      const share = (rank - below.count) / (each.count - below.count);
      return (below.bound + (each.bound - below.bound) * share) * 1000;
    }
    below = each;
  }
  return below.bound * 1000;
}

async function cumulative(group: string): Promise<Buckets> {
  const { values } = await eventAgeSeconds.get();
  const buckets = new Map<number, number>();
  for (const { metricName, labels, value } of values) {
    if (metricName?.endsWith('_bucket') !== true || labels.group !== group) continue;
    const bound = boundOf((labels as { readonly le?: string | number }).le);
    buckets.set(bound, (buckets.get(bound) ?? 0) + value);
  }
  return buckets;
}

function boundOf(le: string | number | undefined): number {
  return le === '+Inf' ? Infinity : Number(le);
}
