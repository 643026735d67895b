import type { GroupLag, LagVerdict } from './snapshot.ts';

/** A group over all topics it reads. */
export interface GroupSummary {
  readonly group: string;
  /** Null while one of its topics has not been watched for long enough, and none is bad. */
  readonly verdict: LagVerdict | null;
  readonly alerting: boolean;
  readonly records: number;
  readonly seconds: number;
  /** Where the verdict comes from, when it is not a good one. */
  readonly topics: readonly string[];
  readonly hint: string;
}

const WEIGHT: Readonly<Record<LagVerdict, number>> = { OK: 0, WARN: 2, STALLED: 3, STOPPED: 4 };
const UNDECIDED = 1;

/** One line per group: as bad as its worst topic. The worst group comes first. */
export function summariesOf(lags: readonly GroupLag[]): GroupSummary[] {
  const summaries = [...Map.groupBy(lags, ({ group }) => group)].map(([group, each]) =>
    summaryOf(group, each),
  );
  return summaries.sort(
    (a, b) => weightOf(b.verdict) - weightOf(a.verdict) || a.group.localeCompare(b.group),
  );
}

function summaryOf(group: string, lags: readonly GroupLag[]): GroupSummary {
  const [worst] = lags.toSorted((a, b) => weightOf(b.verdict) - weightOf(a.verdict) || b.seconds - a.seconds);
  const verdict = worst?.verdict ?? null;
  const isBad = weightOf(verdict) > UNDECIDED;
  return {
    group,
    verdict,
    alerting: lags.some(({ alerting }) => alerting),
    records: lags.reduce((sum, { records }) => sum + records, 0),
    seconds: Math.max(0, ...lags.filter(({ records }) => records > 0).map(({ seconds }) => seconds)),
    topics: isBad ? lags.filter((each) => each.verdict === verdict).map(({ topic }) => topic) : [],
    hint: worst?.hint ?? '',
  };
}

function weightOf(verdict: LagVerdict | null): number {
  return verdict === null ? UNDECIDED : WEIGHT[verdict];
}
