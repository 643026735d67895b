import type { KafkaSettings } from '@orderstream/events';
import Type, { type Static, type TObject, type TProperties } from 'typebox';
import { LOG_LEVELS, type LogLevel } from '../logging/log-levels.ts';

/** Where a service listens. `PORT` 0 takes any free port; in a container `HOST` is 0.0.0.0. */
export function httpEnvironment(defaultPort: number) {
  return {
    PORT: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: defaultPort,
      description: 'where HTTP listens',
    }),
    HOST: Type.String({ default: '127.0.0.1', description: 'the address HTTP listens on' }),
  };
}

export const logEnvironment = {
  LOG_LEVEL: Type.Enum([...LOG_LEVELS], { default: 'info' }),
};

const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

export const kafkaEnvironment = {
  KAFKA_BROKERS: Type.Array(Type.String({ pattern: '^[^\\s:]+:\\d{1,5}$|^\\[[0-9a-fA-F:]+\\]:\\d{1,5}$' }), {
    minItems: 1,
    default: ['127.0.0.1:19092'],
    expects: 'host:port, several separated by commas',
  }),
  KAFKA_SSL: Type.Boolean({ default: false }),
  KAFKA_SASL_MECHANISM: Type.Optional(Type.Enum([...SASL_MECHANISMS])),
  KAFKA_SASL_USERNAME: Type.Optional(Type.String({ requiredWith: 'KAFKA_SASL_MECHANISM' })),
  KAFKA_SASL_PASSWORD: Type.Optional(Type.String({ requiredWith: 'KAFKA_SASL_MECHANISM', secret: true })),
};

/** The service's own database. The default is the local platform's. */
export function databaseEnvironment(database: string) {
  return {
    DATABASE_URL: Type.String({
      pattern: '^postgres(ql)?://[^/\\s]+/[^/?\\s]+(\\?\\S*)?$',
      default: `postgres://orderstream:orderstream@127.0.0.1:15432/${database}`,
      expects: 'postgres://user:password@host:port/database',
      secret: true,
    }),
    DATABASE_POOL_SIZE: Type.Integer({
      minimum: 1,
      maximum: 200,
      default: 10,
      description: 'connections to PostgreSQL',
    }),
  };
}

type Values<T extends TProperties> = Readonly<Static<TObject<T>>>;

/** What every service's configuration has, and all that `runService` needs of it. */
export interface ServiceConfig {
  readonly http: { readonly port: number; readonly host: string };
  readonly logLevel: LogLevel;
}

export interface DatabaseSettings {
  readonly url: string;
  readonly poolSize: number;
}

export function serviceConfig(
  values: Values<ReturnType<typeof httpEnvironment> & typeof logEnvironment>,
): ServiceConfig {
  return Object.freeze({
    http: Object.freeze({ port: values.PORT, host: values.HOST }),
    logLevel: values.LOG_LEVEL,
  });
}

export function databaseSettings(values: Values<ReturnType<typeof databaseEnvironment>>): DatabaseSettings {
  return Object.freeze({ url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE });
}

/** `clientId` is the service's name. Where the client's log lines go is added by whoever makes the client. */
export function kafkaSettings(clientId: string, values: Values<typeof kafkaEnvironment>): KafkaSettings {
  const mechanism = values.KAFKA_SASL_MECHANISM;
  return Object.freeze({
    clientId,
    brokers: values.KAFKA_BROKERS,
    ssl: values.KAFKA_SSL,
    ...(mechanism === undefined
      ? {}
      : {
          sasl: {
            mechanism,
            username: values.KAFKA_SASL_USERNAME ?? '',
            password: values.KAFKA_SASL_PASSWORD ?? '',
          },
        }),
  });
}
