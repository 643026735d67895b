import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { orderstreamDir, workspaceRoot, type Platform } from '../platform/index.ts';
import { ServerProcess } from '../platform/server-process.ts';
import {
  builtFile,
  SERVICE_NODE_FLAGS,
  serviceEnvironment,
  serviceUrl,
  type ServiceDefinition,
} from './services.ts';

export interface SupervisorOptions {
  readonly service: ServiceDefinition;
  readonly platform: Pick<Platform, 'kafkaBrokers' | 'databaseUrl'>;
  readonly dataDir?: string;
  /** What its environment says beyond ports, Kafka and database. */
  readonly env?: NodeJS.ProcessEnv;
  /** Told when the service ended by itself, or could not be started, and is started again. */
  readonly onRestart: (restart: {
    service: ServiceDefinition;
    count: number;
    lastLogLines: string[];
  }) => void;
}

const STOP_DEADLINE_MS = 25_000;
const FIRST_RESTART_DELAY_MS = 250;
const LONGEST_RESTART_DELAY_MS = 10_000;
/** A service that ran for so long was healthy: its next end starts the delays anew. */
const HEALTHY_AFTER_MS = 30_000;
const READY_POLL_MS = 50;
const READY_ANSWER_MS = 5_000;

/** Keeps one service running as a process of its own: started again whenever it ends by itself. */
export class ServiceSupervisor {
  readonly #options: SupervisorOptions;
  #process: ServerProcess | undefined;
  readonly #stopping = new AbortController();
  #launching: Promise<void> | undefined;
  #watch: Promise<void> | undefined;
  #restarts = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get service(): ServiceDefinition {
    return this.#options.service;
  }

  get pid(): number | undefined {
    return this.#process?.mark.pid;
  }

  async start(): Promise<void> {
    await this.#launch();
    this.#watch = this.#keepRunning();
  }

  /** Resolves once `/health/ready` says so. @throws Error with what it lacks when `deadlineMs` has passed */
  async untilReady(deadlineMs: number): Promise<void> {
    const endMs = Date.now() + deadlineMs;
    let answer = 'no answer';
    while (Date.now() < endMs && !this.#stopping.signal.aborted) {
      const signal = AbortSignal.timeout(READY_ANSWER_MS);
      const response = await fetch(`${serviceUrl(this.service)}/health/ready`, { signal }).catch(
        () => undefined,
      );
      if (response?.ok) return;
      if (response !== undefined) answer = await response.text().catch(() => answer);
      await sleep(READY_POLL_MS);
    }
    throw new Error(`${this.service.name} did not become ready: ${answer}`);
  }

  lastLogLines(count?: number): string[] {
    return this.#process?.lastLogLines(count) ?? [];
  }

  /** Asks the service to end in order and waits for it, for `withinMs` at most; then it is killed. */
  async stop(withinMs?: number): Promise<void> {
    this.#stopping.abort();
    await this.#launching?.catch(() => undefined);
    await this.#process?.stop(withinMs);
    await this.#watch;
  }

  #launch(): Promise<void> {
    return (this.#launching = this.#startProcess());
  }

  async #startProcess(): Promise<void> {
    const { service, platform, dataDir = orderstreamDir, env } = this.#options;
    this.#process = await ServerProcess.start({
      title: service.name,
      logFile: join(dataDir, 'log', `${service.name}.log`),
      stopSignal: 'SIGTERM',
      stopDeadlineMs: STOP_DEADLINE_MS,
      command: process.execPath,
      args: [...SERVICE_NODE_FLAGS, builtFile(service, 'main.js')],
      cwd: workspaceRoot,
      env: serviceEnvironment(service, platform, env),
      detached: false,
    });
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    const { service, onRestart } = this.#options;
    let delayMs = FIRST_RESTART_DELAY_MS;
    let failure: Error | undefined;
    while (!signal.aborted) {
      const startedAtMs = Date.now();
      if (!failure) await this.#process?.exited;
      if (signal.aborted) return;
      this.#restarts += 1;
      const lastLogLines = failure ? [failure.message] : this.lastLogLines(5);
      onRestart({ service, count: this.#restarts, lastLogLines });
      delayMs = Date.now() - startedAtMs > HEALTHY_AFTER_MS ? FIRST_RESTART_DELAY_MS : delayMs;
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      delayMs = Math.min(LONGEST_RESTART_DELAY_MS, delayMs * 2);
      if (signal.aborted) return;
      failure = await this.#launch().then(
        () => undefined,
        (error: Error) => error,
      );
    }
  }
}
