import { InvalidArgumentError, type Command } from 'commander';
import { resolve } from 'node:path';
import { KAFKA_PORT, orderstreamDir, POSTGRES_PORT, type PlatformOptions } from '../platform/index.ts';

/** The flags of every command that deals with the local platform. */
export interface PlatformFlags {
  readonly dataDir: string;
  readonly kafkaPort: number;
  readonly postgresPort: number;
}

/** Adds `--data-dir`, `--kafka-port` and `--postgres-port`. */
export function withPlatformOptions(command: Command): Command {
  return command
    .option('--data-dir <directory>', 'where data and logs live', orderstreamDir)
    .option('--kafka-port <port>', "Kafka's port; the next one is its controller's", port, KAFKA_PORT)
    .option('--postgres-port <port>', "PostgreSQL's port", port, POSTGRES_PORT);
}

/** The flags, and what the environment names instead of a local Kafka or PostgreSQL. */
export function platformFromOptions(flags: PlatformFlags, env: NodeJS.ProcessEnv = process.env) {
  return {
    dataDir: resolve(flags.dataDir),
    kafkaPort: flags.kafkaPort,
    postgresPort: flags.postgresPort,
    kafkaBrokers: env['KAFKA_BROKERS'] || undefined,
    databaseUrl: env['DATABASE_URL'] || undefined,
  } satisfies PlatformOptions;
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 65_534) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 65534.');
}
