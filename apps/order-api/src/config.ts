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

/** order-api's configuration: its README explains each variable. */
export interface OrderApiConfig extends ServiceConfig {
  readonly kafka: KafkaSettings;
  readonly database: DatabaseSettings;
  readonly concurrency: number;
  readonly maxFollowers: number;
  readonly idempotency: { readonly retentionMs: number; readonly callerHeader: string | undefined };
}

const DAY_MS = 24 * 60 * 60 * 1000;

const environment = Type.Object({
  ...httpEnvironment(3000),
  ...logEnvironment,
  ...kafkaEnvironment,
  ...databaseEnvironment('order_api'),
  CONSUMER_CONCURRENCY: Type.Integer({ minimum: 1, maximum: 64, default: 3 }),
  MAX_FOLLOWERS: Type.Integer({
    minimum: 0,
    maximum: 100_000,
    default: 5_000,
    description: 'requests and streams that wait for orders at one time',
  }),
  IDEMPOTENCY_RETENTION: durationMs({ minimum: DAY_MS, default: '7d' }),
  IDEMPOTENCY_CALLER_HEADER: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9-]+$', expects: 'the name of a request header' }),
  ),
});

/** @throws ConfigurationError naming every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv): OrderApiConfig {
  const values = readEnvironment(environment, env);
  return Object.freeze({
    ...serviceConfig(values),
    kafka: kafkaSettings('order-api', values),
    database: databaseSettings(values),
    concurrency: values.CONSUMER_CONCURRENCY,
    maxFollowers: values.MAX_FOLLOWERS,
    idempotency: Object.freeze({
      retentionMs: values.IDEMPOTENCY_RETENTION,
      callerHeader: values.IDEMPOTENCY_CALLER_HEADER?.toLowerCase(),
    }),
  });
}
