import { catchUpText, type LagStatus } from '@orderstream/events';
import { table } from '../dlq/letter.ts';

/** What `--json` prints of a look at the groups. */
export const LAG_SHAPE =
  '{checked_at, window_seconds, groups: [{group, topic, verdict: "OK"|"WARN"|"STALLED"|"STOPPED"|null, records, seconds, instances, catch_up: {kind, instances?, seconds?}}]}';

export interface LagReport {
  readonly atMs: number;
  readonly windowMs: number;
  readonly statuses: readonly LagStatus[];
}

export function lagDocument({ atMs, windowMs, statuses }: LagReport): object {
  return {
    checked_at: new Date(atMs).toISOString(),
    window_seconds: windowMs / 1000,
    groups: statuses.map(({ group, topic, verdict = null, records, seconds, members, advice }) => ({
      ...{ group, topic, verdict, records, seconds, instances: members, catch_up: advice },
    })),
  };
}

/** A line for each group and topic; what is odd about it at its end. */
export function lagLines({ statuses }: LagReport): string[] {
  return table([
    ['GROUP', 'TOPIC', 'VERDICT', 'RECORDS', 'BEHIND', 'INSTANCES', 'WHAT HELPS'],
    ...statuses.map(({ group, topic, verdict, records, seconds, members, advice }) => [
      ...[group, topic, verdict ?? '…', String(records), records === 0 ? '-' : durationText(seconds)],
      ...[String(members), catchUpText(advice)],
    ]),
  ]);
}

/** A retry topic is worth a line only when something is on it. */
export function isWorthALine({ topic, records }: Pick<LagStatus, 'topic' | 'records'>): boolean {
  return records > 0 || !topic.endsWith('.retry');
}

function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
