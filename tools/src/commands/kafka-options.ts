import type { KafkaSettings } from '@orderstream/events';
import type { Command } from 'commander';

export interface KafkaFlags {
  readonly brokers: string;
}

/** Adds `--brokers`; the default is what the services use. */
export function withKafkaOptions(command: Command): Command {
  const named = process.env['KAFKA_BROKERS'] || '127.0.0.1:19092';
  return command.option('--brokers <host:port,…>', 'the Kafka cluster (environment: KAFKA_BROKERS)', named);
}

export function kafkaFromOptions(flags: KafkaFlags): KafkaSettings {
  const env = process.env;
  const mechanism = env['KAFKA_SASL_MECHANISM'] as
    NonNullable<KafkaSettings['sasl']>['mechanism'] | undefined;
  return {
    clientId: 'orderstream-cli',
    brokers: flags.brokers.split(',').map((broker) => broker.trim()),
    ssl: env['KAFKA_SSL'] === 'true',
    ...(mechanism
      ? {
          sasl: {
            mechanism,
            username: env['KAFKA_SASL_USERNAME'] ?? '',
            password: env['KAFKA_SASL_PASSWORD'] ?? '',
          },
        }
      : {}),
  };
}
