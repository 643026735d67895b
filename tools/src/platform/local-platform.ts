import { resolve } from 'node:path';
import {
  inUse,
  liveOwner,
  markOfThisProcess,
  openDataDir,
  otherUsers,
  readRecord,
  removeRecord,
  runningServer,
  writeRecord,
} from './data-dir.ts';
import type { PlatformRecord, ServerRecord } from './data-dir.ts';
import { answers, createDatabases, withDatabase } from './databases.ts';
import { checkDatabaseUrl, checkKafka } from './external.ts';
import { isKafkaUsable, kafkaIdentity, startKafkaServer } from './kafka-server.ts';
import type { Platform, PlatformOptions } from './platform.ts';
import { CUT_SHORT_STOP_MS, LocalServer, type UnexpectedExit } from './local-server.ts';
import { PlatformError } from './platform-error.ts';
import { postgresIdentity, postgresUrl, startPostgresServer } from './postgres-server.ts';
import type { PlatformPart } from './progress.ts';
import { stopServers } from './stop-servers.ts';
import { waitForExit } from './process-table.ts';
import { ServerProcess } from './server-process.ts';
import { HOST, KAFKA_PORT, orderstreamDir, POSTGRES_PORT, type DatabaseName } from './settings.ts';

/** How long to wait for an owner that is just ending. */
const OWNER_EXIT_MS = 3_000;

/** `startPlatform`'s platform: what runs here, what runs elsewhere, and the record of it in the data directory. */
export class LocalPlatform implements Platform {
  attached = false;
  readonly #dataDir: string;
  readonly #kafkaPort: number;
  readonly #postgresPort: number;
  readonly #kafka: LocalServer | undefined;
  readonly #postgres: LocalServer | undefined;
  /** `platform up`: this process ends, and that is no end of a use. */
  readonly #leavesItRunning: boolean;
  #detached: boolean;
  #left = false;

  constructor(private readonly options: PlatformOptions) {
    this.#dataDir = resolve(options.dataDir ?? orderstreamDir);
    this.#kafkaPort = options.kafkaPort ?? KAFKA_PORT;
    this.#postgresPort = options.postgresPort ?? POSTGRES_PORT;
    this.#leavesItRunning = options.detached ?? false;
    this.#detached = this.#leavesItRunning;
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
    const { signal } = this.options;
    await this.#useExternal();
    signal?.throwIfAborted();
    if (this.#kafka || this.#postgres) await this.#takeOver();
    try {
      signal?.throwIfAborted();
      await Promise.all([this.#kafka?.claimPorts(), this.#postgres?.claimPorts()]);
      await allOrFirstFailure([this.#bringUpKafka(), this.#bringUpPostgres()]);
    } catch (error) {
      await this.stop(signal?.aborted ? CUT_SHORT_STOP_MS : undefined);
      throw error;
    }
  }

  async stop(withinMs?: number): Promise<void> {
    if (this.attached) return this.#leave();
    await Promise.all([this.#kafka?.stop(withinMs), this.#postgres?.stop(withinMs)]);
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
    if (owner && !(await waitForExit(owner, OWNER_EXIT_MS))) throw inUse(this.#dataDir, owner.pid);
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

  /** What the environment names is tried first: when it cannot be used, nothing need be started. */
  async #useExternal(): Promise<void> {
    const { kafkaBrokers, databaseUrl } = this.options;
    if (kafkaBrokers) {
      await checkKafka(kafkaBrokers);
      this.#ready('kafka', `named by KAFKA_BROKERS: ${kafkaBrokers}`);
    }
    if (databaseUrl) {
      checkDatabaseUrl(databaseUrl);
      await createDatabases(databaseUrl);
      this.#ready('postgres', `named by DATABASE_URL: ${new URL(databaseUrl).host}`);
    }
  }

  async #bringUpKafka(): Promise<void> {
    if (!this.#kafka) return;
    const already = this.#kafka.process ? 'already ' : '';
    await this.#kafka.start();
    this.#ready('kafka', `${already}up at ${this.kafkaBrokers}`);
  }

  async #bringUpPostgres(): Promise<void> {
    if (!this.#postgres) return;
    const already = this.#postgres.process ? 'already ' : '';
    await this.#postgres.start();
    await createDatabases(postgresUrl(this.#postgresPort));
    this.#ready('postgres', `${already}up at ${HOST}:${this.#postgresPort}`);
  }

  #localKafka(): LocalServer {
    const [port, controllerPort] = [this.#kafkaPort, this.#kafkaPort + 1];
    return new LocalServer({
      ...this.#watched('kafka'),
      identity: kafkaIdentity(this.#dataDir),
      ports: [port, controllerPort],
      answers: () => isKafkaUsable(port),
      launch: (started, signal) =>
        startKafkaServer(
          {
            cacheDir: orderstreamDir,
            port,
            controllerPort,
            forLoad: this.options.forLoad ?? false,
            signal,
            ...this.#common(),
          },
          started,
        ),
    });
  }

  #localPostgres(): LocalServer {
    const port = this.#postgresPort;
    return new LocalServer({
      ...this.#watched('postgres'),
      identity: postgresIdentity(this.#dataDir),
      ports: [port],
      answers: () => answers(postgresUrl(port)),
      launch: (started, signal) => startPostgresServer({ port, signal, ...this.#common() }, started),
    });
  }

  #watched(part: 'kafka' | 'postgres') {
    return {
      part,
      portOption: `--${part}-port`,
      onChange: () => this.#writeRecord(),
      onUnexpectedExit: (exit: UnexpectedExit) => this.options.onUnexpectedExit?.(exit),
      onRestart: this.options.onRestart,
      signal: this.options.signal,
    };
  }

  #common() {
    return {
      dataDir: this.#dataDir,
      detached: this.#detached,
      onProgress: this.options.onProgress ?? (() => undefined),
    };
  }

  /** What this process does not run itself (the environment names another) stays in the record as it is. */
  #writeRecord(): void {
    const before = readRecord(this.#dataDir);
    const kafka = this.#kafka?.process?.mark;
    const postgres = this.#postgres?.process?.mark;
    const uses = this.attached && !this.#leavesItRunning && !this.#left;
    writeRecord(this.#dataDir, {
      detached: this.#detached,
      users: [...otherUsers(before), ...(uses ? [markOfThisProcess()] : [])],
      kafka: this.#kafka ? kafka && { ...kafka, port: this.#kafkaPort } : before?.kafka,
      postgres: this.#postgres ? postgres && { ...postgres, port: this.#postgresPort } : before?.postgres,
    });
  }

  /** The servers go on without this process. */
  #leave(): void {
    this.#left = true;
    if (readRecord(this.#dataDir)) this.#writeRecord();
  }

  #ready(part: PlatformPart, message: string): void {
    this.options.onProgress?.({ part, state: 'ready', message });
  }
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
