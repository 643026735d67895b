import { resolve } from 'node:path';
import {
  inUse,
  liveOwner,
  openDataDir,
  readRecord,
  removeRecord,
  runningServer,
  writeRecord,
} from './data-dir.ts';
import type { PlatformRecord, ServerRecord } from './data-dir.ts';
import { createDatabases, withDatabase } from './databases.ts';
import { checkKafka } from './external.ts';
import { kafkaIdentity, startKafkaServer } from './kafka-server.ts';
import { LocalServer, type UnexpectedExit } from './local-server.ts';
import { PlatformError } from './platform-error.ts';
import { postgresIdentity, postgresUrl, startPostgresServer } from './postgres-server.ts';
import type { OnProgress, PlatformPart } from './progress.ts';
import { ServerProcess, type ServerIdentity } from './server-process.ts';
import { HOST, KAFKA_PORT, orderstreamDir, POSTGRES_PORT, type DatabaseName } from './settings.ts';

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
  readonly onProgress?: OnProgress | undefined;
  readonly onUnexpectedExit?: ((exit: UnexpectedExit) => void) | undefined;
}

/** A running Kafka and a running PostgreSQL with the services' databases. */
export interface Platform {
  readonly kafkaBrokers: string;
  databaseUrl(name: DatabaseName | 'postgres'): string;
  /** True when the servers were up already (`orderstream platform up`): `stop()` leaves them running. */
  readonly attached: boolean;
  /** Process ids of the servers that run here and now. */
  readonly pids: { readonly kafka?: number; readonly postgres?: number };
  /** Stops what this platform started, in order, with a deadline. May be called more than once. */
  stop(): Promise<void>;
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

class LocalPlatform implements Platform {
  attached = false;
  readonly #dataDir: string;
  readonly #kafkaPort: number;
  readonly #postgresPort: number;
  readonly #kafka: LocalServer | undefined;
  readonly #postgres: LocalServer | undefined;
  #detached: boolean;

  constructor(private readonly options: PlatformOptions) {
    this.#dataDir = resolve(options.dataDir ?? orderstreamDir);
    this.#kafkaPort = options.kafkaPort ?? KAFKA_PORT;
    this.#postgresPort = options.postgresPort ?? POSTGRES_PORT;
    this.#detached = options.detached ?? false;
    this.#kafka = options.kafkaBrokers ? undefined : this.#localKafka();
    this.#postgres = options.databaseUrl ? undefined : this.#localPostgres();
  }

  get kafkaBrokers(): string {
    return this.options.kafkaBrokers ?? `${HOST}:${this.#kafkaPort}`;
  }

  get pids() {
    const kafka = this.#kafka?.process?.mark.pid;
    const postgres = this.#postgres?.process?.mark.pid;
    return { ...(kafka === undefined ? {} : { kafka }), ...(postgres === undefined ? {} : { postgres }) };
  }

  databaseUrl(name: DatabaseName | 'postgres'): string {
    return withDatabase(this.options.databaseUrl ?? postgresUrl(this.#postgresPort), name);
  }

  async start(): Promise<void> {
    if (this.#kafka || this.#postgres) await this.#takeOver();
    try {
      await Promise.all([this.#kafka?.claimPorts(), this.#postgres?.claimPorts()]);
      await allOrFirstFailure([this.#bringUpKafka(), this.#bringUpPostgres()]);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.attached) return;
    await Promise.all([this.#kafka?.stop(), this.#postgres?.stop()]);
    if (this.#kafka ?? this.#postgres) removeRecord(this.#dataDir);
  }

  stopKafka = async (): Promise<void> => ours(this.#kafka, 'Kafka').stop();
  startKafka = async (): Promise<void> => ours(this.#kafka, 'Kafka').start();
  stopPostgres = async (): Promise<void> => ours(this.#postgres, 'PostgreSQL').stop();
  startPostgres = async (): Promise<void> => ours(this.#postgres, 'PostgreSQL').start();

  /** Makes the data directory ours: uses the servers that `platform up` left running, stops those of a run that was killed. */
  async #takeOver(): Promise<void> {
    openDataDir(this.#dataDir);
    const record = readRecord(this.#dataDir);
    const owner = liveOwner(record);
    if (owner) throw inUse(this.#dataDir, owner.pid);
    this.attached = this.#adoptDetached(record);
    if (!this.attached) await stopServers(this.#dataDir, record);
    this.#detached ||= this.attached;
    this.#writeRecord();
  }

  #adoptDetached(record: PlatformRecord | undefined): boolean {
    const kafka = record?.detached && this.#kafka ? runningServer(record.kafka, this.#dataDir) : undefined;
    const postgres =
      record?.detached && this.#postgres ? runningServer(record.postgres, this.#dataDir) : undefined;
    if (!kafka && !postgres) return false;
    requireSamePort(kafka, this.#kafkaPort, this.#dataDir);
    requireSamePort(postgres, this.#postgresPort, this.#dataDir);
    if (kafka) this.#kafka?.adopt(ServerProcess.adopt(kafka, kafkaIdentity(this.#dataDir)));
    if (postgres) this.#postgres?.adopt(ServerProcess.adopt(postgres, postgresIdentity(this.#dataDir)));
    return true;
  }

  async #bringUpKafka(): Promise<void> {
    if (this.options.kafkaBrokers) await checkKafka(this.options.kafkaBrokers);
    const before = this.#kafka?.process;
    await this.#kafka?.start();
    this.#progress('kafka', 'ready', `${before ? 'already up' : 'up'} at ${this.kafkaBrokers}`);
  }

  async #bringUpPostgres(): Promise<void> {
    const before = this.#postgres?.process;
    await this.#postgres?.start();
    await createDatabases(this.options.databaseUrl ?? postgresUrl(this.#postgresPort));
    const { host } = new URL(this.databaseUrl('postgres'));
    this.#progress('postgres', 'ready', `${before ? 'already up' : 'up'} at ${host}`);
  }

  #localKafka(): LocalServer {
    const [port, controllerPort] = [this.#kafkaPort, this.#kafkaPort + 1];
    return this.#server('kafka', kafkaIdentity(this.#dataDir), [port, controllerPort], (started) => {
      const settings = { cacheDir: orderstreamDir, port, controllerPort };
      return startKafkaServer({ ...settings, ...this.#common() }, started);
    });
  }

  #localPostgres(): LocalServer {
    const port = this.#postgresPort;
    return this.#server('postgres', postgresIdentity(this.#dataDir), [port], (started) =>
      startPostgresServer({ port, ...this.#common() }, started),
    );
  }

  #server(
    part: 'kafka' | 'postgres',
    identity: ServerIdentity,
    ports: readonly [number, ...number[]],
    launch: (started: (server: ServerProcess) => void) => Promise<ServerProcess>,
  ): LocalServer {
    return new LocalServer({
      part,
      identity,
      ports,
      launch,
      dataDir: this.#dataDir,
      portOption: `--${part}-port`,
      onChange: () => this.#writeRecord(),
      onUnexpectedExit: (exit) => this.options.onUnexpectedExit?.(exit),
    });
  }

  #common() {
    return {
      dataDir: this.#dataDir,
      detached: this.#detached,
      onProgress: this.options.onProgress ?? (() => undefined),
    };
  }

  #writeRecord(): void {
    const kafka = this.#kafka?.process?.mark;
    const postgres = this.#postgres?.process?.mark;
    writeRecord(this.#dataDir, {
      detached: this.#detached,
      kafka: kafka && { ...kafka, port: this.#kafkaPort },
      postgres: postgres && { ...postgres, port: this.#postgresPort },
    });
  }

  #progress(part: PlatformPart, state: 'ready', message: string): void {
    this.options.onProgress?.({ part, state, message });
  }
}

/** Stops the servers of a record that still run, both at once. */
export async function stopServers(dataDir: string, record: PlatformRecord | undefined): Promise<void> {
  const kafka = runningServer(record?.kafka, dataDir);
  const postgres = runningServer(record?.postgres, dataDir);
  await Promise.all([
    kafka && ServerProcess.adopt(kafka, kafkaIdentity(dataDir)).stop(),
    postgres && ServerProcess.adopt(postgres, postgresIdentity(dataDir)).stop(),
  ]);
}

/** Waits for all of them, also when one fails: nothing is still starting when the failure is dealt with. */
async function allOrFirstFailure(promises: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(promises)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

function ours(server: LocalServer | undefined, title: string): LocalServer {
  if (server) return server;
  throw new PlatformError(
    'not-ours',
    `${title} runs elsewhere (the environment names it) and is not ours to stop or start.`,
  );
}

function requireSamePort(server: ServerRecord | undefined, port: number, dataDir: string): void {
  if (!server || server.port === port) return;
  const message = `The local platform in ${dataDir} is up already, on port ${server.port} instead of ${port}. Use that one, or stop it with \`npx orderstream platform down\`.`;
  throw new PlatformError('data-dir-in-use', message);
}
