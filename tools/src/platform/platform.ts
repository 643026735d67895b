import { LocalPlatform } from './local-platform.ts';
import type { Restart, UnexpectedExit } from './local-server.ts';
import type { OnProgress } from './progress.ts';
import type { DatabaseName } from './settings.ts';

export interface PlatformOptions {
  /** Where data and logs live. Default: `.orderstream/` of the checkout. */
  readonly dataDir?: string | undefined;
  /** Kafka's port; the next one is its controller's. Default 19092. */
  readonly kafkaPort?: number | undefined;
  /** Default 15432. */
  readonly postgresPort?: number | undefined;
  /** A Kafka that runs elsewhere (KAFKA_BROKERS): then none is started. */
  readonly kafkaBrokers?: string | undefined;
  /** A PostgreSQL server that runs elsewhere (DATABASE_URL): then none is started; missing databases are created on it. */
  readonly databaseUrl?: string | undefined;
  /** The servers outlive this process. Default: they are stopped when it ends, however it ends. */
  readonly detached?: boolean | undefined;
  /** Kafka will be under load for minutes: its JVM compiles what is hot with optimisation. Default: it starts sooner instead. */
  readonly forLoad?: boolean | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly onUnexpectedExit?: ((exit: UnexpectedExit) => void) | undefined;
  /** With this, a server that ended by itself is started again, after growing pauses, until it is stopped; told how each attempt went. */
  readonly onRestart?: ((restart: Restart) => void) | undefined;
  /** Ends a start under way: `startPlatform` rejects then. Afterwards nothing is started again. */
  readonly signal?: AbortSignal | undefined;
}

/** A running Kafka and a running PostgreSQL with the services' databases. */
export interface Platform {
  readonly kafkaBrokers: string;
  databaseUrl(name: DatabaseName | 'postgres'): string;
  /** True when the servers were up already (`orderstream platform up`): `stop()` leaves them running. */
  readonly attached: boolean;
  /** Process ids of the servers that run here and now. */
  readonly pids: { readonly kafka?: number; readonly postgres?: number };
  /** Stops what this platform started, in order; each server is killed past its deadline or `withinMs`. May be called more than once. */
  stop(withinMs?: number): Promise<void>;
  stopKafka(): Promise<void>;
  startKafka(): Promise<void>;
  stopPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
}

/**
 * Brings up Kafka and PostgreSQL, both at once, and resolves when both can be used. Servers that `orderstream platform up` left
 * running on the same data and ports are used as they are; what a killed run left behind is stopped first.
 *
 * @throws PlatformError with a sentence for the person at the terminal; then nothing is left running.
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const platform = new LocalPlatform(options);
  await platform.start();
  return platform;
}
