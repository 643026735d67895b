import { Counter, Gauge, Histogram } from 'prom-client';

/** Records that a group finished with. `outcome`: handled, skipped, dead-lettered, parked; on retry topics also duplicate, discarded. */
export const eventsProcessedTotal = new Counter({
  name: 'orderstream_events_processed_total',
  help: 'Records a consumer group is done with, by event type and outcome.',
  labelNames: ['group', 'topic', 'event_type', 'outcome'] as const,
});

export const deadLettersTotal = new Counter({
  name: 'orderstream_dead_letters_total',
  help: 'Records written to a dead-letter topic, by reason.',
  labelNames: ['group', 'topic', 'reason'] as const,
});

export const consumerLagRecords = new Gauge({
  name: 'orderstream_consumer_lag_records',
  help: 'Records between the group’s position and the end of the partition, as of the last fetch.',
  labelNames: ['group', 'topic', 'partition'] as const,
});

export const eventAgeSeconds = new Histogram({
  name: 'orderstream_event_age_seconds',
  help: 'Time from the event’s own timestamp to the commit of its effect.',
  labelNames: ['group', 'topic'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600],
});
