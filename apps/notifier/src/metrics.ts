import { Counter, Gauge, Histogram } from 'prom-client';

export const notificationsTotal = new Counter({
  name: 'orderstream_notifications_total',
  help: 'How often a notification entered a state; queued counts each return to the queue too.',
  labelNames: ['channel', 'state'] as const,
});

export const notificationsOpen = new Gauge({
  name: 'orderstream_notifications_open',
  help: 'Notifications that are not done (queued, sending) or wait for a person (unknown, failed), as of the last look.',
  labelNames: ['channel', 'state'] as const,
});

export const queueAgeSeconds = new Gauge({
  name: 'orderstream_notification_queue_age_seconds',
  help: 'How long the longest waiting notification has been due, as of the last look.',
  labelNames: ['channel'] as const,
});

export const sendDurationSeconds = new Histogram({
  name: 'orderstream_notification_send_duration_seconds',
  help: 'From taking a notification up to the gateway’s answer, or to giving up.',
  labelNames: ['channel', 'outcome'] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
});

export const gatewayAnswering = new Gauge({
  name: 'orderstream_notification_gateway_answering',
  help: '1 while the gateway takes or refuses messages, 0 while it is waited for.',
  labelNames: ['channel'] as const,
});

export const smsSegments = new Counter({
  name: 'orderstream_sms_segments_total',
  help: 'What the SMS that the gateway took are paid as: 160 characters of GSM 03.38, or 70 of anything else, and less of each when there are several.',
});
