import { constants } from 'node:os';
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { ConfigurationError } from './environment/configuration-error.ts';
import type { ServiceConfig } from './environment/shared.ts';
import { releaseMemoryWhenIdle } from './idle-memory.ts';
import { createLogger } from './logging/logger.ts';
import { NestLogger } from './logging/nest-logger.ts';
import type { HttpInterface } from './openapi/document.ts';
import { Service } from './service.ts';

export interface RunOptions<Config extends ServiceConfig> {
  /** The service's name, in logs and health. */
  readonly name: string;
  /** Reads the environment; may throw ConfigurationError. */
  readonly config: (env: NodeJS.ProcessEnv) => Config;
  readonly module: (config: Config) => Type | DynamicModule;
  /** What it answers over HTTP beside health and metrics, for its OpenAPI document. */
  readonly api?: HttpInterface;
  /** Called before HTTP listens, for what needs the application itself: static files. */
  readonly prepare?: (app: NestFastifyApplication, config: Config) => void | Promise<void>;
  /** How long a stop may take before the process ends with what is still open. Default 20,000. */
  readonly stopDeadlineMs?: number;
}

/** Event loop lag is sampled this often, ms: prom-client's own 10 ms wakes an idle process a hundred times a second. */
const LOOP_SAMPLING_MS = 100;

/**
 * Runs one service as this process, until SIGTERM or SIGINT. HTTP listens first, so that health answers while Kafka is away; then
 * the event servers found among the providers start. Resolves once the service consumes.
 *
 * Exit codes: 0 stopped in order; 1 wrong configuration, failed start, an error nobody handled, or a stop that took too long;
 * 128 + signal when a second signal cut the stop short.
 */
export async function runService<Config extends ServiceConfig>(options: RunOptions<Config>): Promise<void> {
  let logger = createLogger({ service: options.name, level: 'info' });
  try {
    const config = options.config(process.env);
    logger = createLogger({ service: options.name, level: config.logLevel });
    dieOfUnhandledErrors(logger);
    collectDefaultMetrics({ eventLoopMonitoringPrecision: LOOP_SAMPLING_MS });
    releaseMemoryWhenIdle();
    const service = await Service.create(
      {
        name: options.name,
        config,
        module: options.module(config),
        api: options.api,
        prepare: options.prepare && ((app) => options.prepare?.(app, config)),
      },
      new NestLogger(logger),
    );
    const stop = stopOnSignals(service, logger, options.stopDeadlineMs ?? 20_000);
    await service.listen();
    logger.info({ url: service.url }, 'listening');
    await service.consume();
    if (!stop.hasBegun) logger.info('running');
  } catch (error) {
    reportFailedStart(options.name, error, logger);
    process.exit(1);
  }
}

/** What the operator can mend is said in a sentence; only the rest needs a stack. */
function reportFailedStart(name: string, error: unknown, logger: Logger): void {
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (error instanceof ConfigurationError) {
    logger.fatal(`${name} cannot start. ${error.message}`);
  } else if (code === 'EADDRINUSE') {
    logger.fatal(`${name} cannot start: ${address}:${port} is taken (PORT and HOST choose another address)`);
  } else {
    logger.fatal({ err: error }, `${name} cannot start`);
  }
}

/** After an error that nobody caught the process' state is unknown: the orchestrator starts a fresh one. */
function dieOfUnhandledErrors(logger: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error, origin }, 'an error was not handled');
    process.exit(1);
  });
  // One line of the log each, instead of text on standard error.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ err: warning }, 'warning of the runtime'));
}

function stopOnSignals(service: Service, logger: Logger, deadlineMs: number): { readonly hasBegun: boolean } {
  const state = { hasBegun: false };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (state.hasBegun) {
      logger.warn({ signal }, 'told to stop twice: ending at once');
      process.exit(128 + constants.signals[signal]);
    }
    state.hasBegun = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.fatal({ deadline_ms: deadlineMs }, 'could not stop in time: ending with work under way');
      process.exit(1);
    }, deadlineMs);
    service.stop().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.fatal({ err: error }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return state;
}
