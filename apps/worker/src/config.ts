import { fields, type KafkaSettings } from '@orderstream/events';
import {
  databaseEnvironment,
  databaseSettings,
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
import type { AmountLimits } from './orders/order.rules.ts';

/** The worker's configuration: its README explains each variable. */
export interface WorkerConfig extends ServiceConfig {
  readonly kafka: KafkaSettings;
  readonly database: DatabaseSettings;
  readonly concurrency: number;
  readonly amountLimits: AmountLimits;
}

const environment = Type.Object({
  ...httpEnvironment(3002),
  ...logEnvironment,
  ...kafkaEnvironment,
  ...databaseEnvironment('worker'),
  CONSUMER_CONCURRENCY: Type.Integer({ minimum: 1, maximum: 64, default: 3 }),
  ORDER_AMOUNT_LIMIT: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 100_000_000 }),
  // A limit under a name that is no currency would never apply, and nobody would know.
  ORDER_AMOUNT_LIMITS: Type.Record(Type.String(), fields.Amount, {
    propertyNames: { format: 'iso-4217' },
    default: {},
    expects: 'a JSON object of minor units by currency, as {"JPY": 1000000}',
  }),
});

/** @throws ConfigurationError naming every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnvironment(environment, env);
  return Object.freeze({
    ...serviceConfig(values),
    kafka: kafkaSettings('worker', values),
    database: databaseSettings(values),
    concurrency: values.CONSUMER_CONCURRENCY,
    amountLimits: { default: values.ORDER_AMOUNT_LIMIT, byCurrency: values.ORDER_AMOUNT_LIMITS },
  });
}
