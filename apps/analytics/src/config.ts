import type { KafkaSettings } from '@orderstream/events';
import {
  databaseEnvironment,
  databaseSettings,
  durationMs,
  httpEnvironment,
  kafkaEnvironment,
  kafkaSettings,
  logEnvironment,
  readEnvironment,
  serviceConfig,
  type DatabaseSettings,
  type ServiceConfig,
} from '@orderstream/service';
import Type from 'typebox';
import Format from 'typebox/format';
import type { DashboardSettings } from './dashboard/dashboard-settings.ts';
import { isTimeZone } from './dashboard/time-zone.rules.ts';
import type { FraudSettings } from './fraud/fraud-settings.ts';
import { fraudEnvironment, fraudSettings } from './fraud/fraud-environment.ts';
import { parseAllowedLag, type AllowedLag } from './lag/allowed-lag.rules.ts';
import type { LagSettings } from './lag/lag-settings.ts';

/** The configuration of analytics: its README explains each variable. */
export interface AnalyticsConfig extends ServiceConfig {
  readonly kafka: KafkaSettings;
  readonly database: DatabaseSettings;
  readonly concurrency: number;
  readonly dashboard: DashboardSettings;
  readonly fraud: FraudSettings;
  readonly lag: LagSettings;
  readonly webEvents: { readonly retentionMs: number };
}

Format.Set('time-zone', isTimeZone);
Format.Set('allowed-lag', (text) => parseAllowedLag(text) !== undefined);

const DAY_MS = 24 * 60 * 60 * 1000;

const environment = Type.Object({
  ...httpEnvironment(3001),
  ...logEnvironment,
  ...kafkaEnvironment,
  ...databaseEnvironment('analytics'),
  CONSUMER_CONCURRENCY: Type.Integer({ minimum: 1, maximum: 64, default: 3 }),
  DASHBOARD_TIME_ZONE: Type.String({
    format: 'time-zone',
    default: 'UTC',
    expects: 'an IANA time zone such as Europe/Berlin',
  }),
  // As long as an event may wait on its topic and come again there, it has to be known here.
  WEB_EVENTS_RETENTION: durationMs({ minimum: 15 * DAY_MS, default: '90d' }),
  ...fraudEnvironment,
  ORDER_API_URL: Type.String({
    pattern: '^https?://[^\\s/]+(/\\S*)?$',
    default: 'http://127.0.0.1:3000',
    expects: 'http://host:port',
  }),
  LAG_WINDOW: durationMs({ minimum: 5_000, maximum: 3_600_000, default: '60s' }),
  LAG_ALERT_SECONDS: Type.String({
    format: 'allowed-lag',
    default: '60',
    expects:
      'seconds, and others for a group or a group on a topic, as 60,notifier=300,analytics/web-events=120',
  }),
});

/** @throws ConfigurationError naming every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv): AnalyticsConfig {
  const values = readEnvironment(environment, env);
  const kafka = kafkaSettings('analytics', values);
  return Object.freeze({
    ...serviceConfig(values),
    kafka,
    database: databaseSettings(values),
    concurrency: values.CONSUMER_CONCURRENCY,
    webEvents: Object.freeze({ retentionMs: values.WEB_EVENTS_RETENTION }),
    dashboard: Object.freeze({
      timeZone: values.DASHBOARD_TIME_ZONE,
      orderApiUrl: values.ORDER_API_URL.replace(/\/+$/, ''),
    }),
    fraud: fraudSettings(values),
    lag: Object.freeze({
      kafka: { ...kafka, clientId: 'analytics-lag' },
      windowMs: values.LAG_WINDOW,
      // The schema has accepted it.
      allowed: parseAllowedLag(values.LAG_ALERT_SECONDS) as AllowedLag,
    }),
  });
}
