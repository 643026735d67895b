import { Gauge } from 'prom-client';
import type { LagStatus } from './lag-window.ts';

const VERDICTS = ['OK', 'WARN', 'STALLED', 'STOPPED'] as const;

const records = new Gauge({
  name: 'orderstream_consumer_group_lag_records',
  help: 'Records a group has not consumed, over all partitions, as the instance that watches all groups sees it.',
  labelNames: ['group', 'topic'] as const,
});
const seconds = new Gauge({
  name: 'orderstream_consumer_group_lag_seconds',
  help: 'Age of the oldest record a group has not consumed.',
  labelNames: ['group', 'topic'] as const,
});
const verdicts = new Gauge({
  name: 'orderstream_consumer_group_lag_verdict',
  help: '1 for the verdict that holds: OK, WARN, STALLED or STOPPED.',
  labelNames: ['group', 'topic', 'verdict'] as const,
});

/** Puts how groups stand into this process's metrics, in place of what was there; with none, nothing is left there. */
export function exportLag(statuses: readonly LagStatus[]): void {
  for (const gauge of [records, seconds, verdicts]) gauge.reset();
  for (const { group, topic, verdict, ...behind } of statuses) {
    records.set({ group, topic }, behind.records);
    seconds.set({ group, topic }, behind.seconds);
    for (const each of VERDICTS)
      if (verdict !== undefined) verdicts.set({ group, topic, verdict: each }, each === verdict ? 1 : 0);
  }
}
