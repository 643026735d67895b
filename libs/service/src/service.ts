import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { Server } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceConfig } from './environment/shared.ts';
import { Health } from './health/health.ts';
import { serveOperators } from './health/operating-routes.ts';
import { createHttpAdapter, drainHttp } from './http/http-server.ts';
import { ProblemFilter } from './http/problem-filter.ts';
import { openApiDocument, type HttpInterface } from './openapi/document.ts';
import { serveOpenApi } from './openapi/serve-open-api.ts';
import { Stopping, stoppingModule } from './stopping.ts';

export interface ServiceParts {
  readonly name: string;
  readonly config: ServiceConfig;
  readonly module: Type | DynamicModule;
  /** What it answers over HTTP beside health and metrics, for its OpenAPI document. */
  readonly api?: HttpInterface | undefined;
  /** Called before HTTP listens, for what needs the application itself: static files. */
  readonly prepare?: ((app: NestFastifyApplication) => void | Promise<void>) | undefined;
}

/** Requests under way get this long to be answered once the service stops: what Kafka does not confirm takes 5 s, and its note in the database 3 more. */
const HTTP_DRAIN_MS = 8_500;

class RootModule {}

/** A service without its process: nothing here reads the environment, listens to signals or exits. */
export class Service {
  readonly #parts: ServiceParts;
  readonly #app: NestFastifyApplication;
  readonly #health: Health;
  readonly #stopping: Stopping;

  private constructor(parts: ServiceParts, app: NestFastifyApplication, stopping: Stopping) {
    this.#parts = parts;
    this.#app = app;
    this.#stopping = stopping;
    this.#health = new Health(parts.name, app.get(DiscoveryService));
  }

  /** Builds the application; nothing listens or connects yet. @throws what Nest throws when the wiring is wrong */
  static async create(parts: ServiceParts, logger: LoggerService | false): Promise<Service> {
    const stopping = new Stopping();
    const root: DynamicModule = {
      module: RootModule,
      imports: [DiscoveryModule, stoppingModule(stopping), parts.module],
    };
    const app = await NestFactory.create<NestFastifyApplication>(root, createHttpAdapter(), {
      logger,
      bodyParser: false,
      abortOnError: false,
    });
    app.useGlobalFilters(new ProblemFilter());
    const service = new Service(parts, app, stopping);
    const fastify = app.getHttpAdapter().getInstance();
    serveOperators(fastify, service.#health);
    await serveOpenApi(fastify, openApiDocument(parts.name, parts.api));
    await parts.prepare?.(app);
    return service;
  }

  get app(): NestFastifyApplication {
    return this.#app;
  }

  /** Where it listens: `http://127.0.0.1:3000`. Only after `listen`. */
  get url(): string {
    return this.#app.getHttpAdapter().getInstance().listeningOrigin;
  }

  /** From here on health answers, whatever else is away. @throws when the port is taken */
  async listen(): Promise<void> {
    for (const strategy of eventServers(this.#app)) this.#app.connectMicroservice({ strategy });
    await this.#app.listen(this.#parts.config.http.port, this.#parts.config.http.host);
  }

  /** Starts the event servers; resolves once all of them consume, which is as long as Kafka is away. */
  async consume(): Promise<void> {
    await this.#app.startAllMicroservices();
    if (!this.#stopping.signal.aborted) this.#health.phase = 'running';
  }

  /**
   * Stops in the order that loses nothing: not ready any more; no new requests, those under way answered; event servers drained;
   * then `onApplicationShutdown`, where producers and databases close.
   */
  async stop(): Promise<void> {
    this.#health.phase = 'stopping';
    this.#stopping.begin();
    await drainHttp(this.#app.getHttpServer(), HTTP_DRAIN_MS);
    await this.#app.close();
  }
}

/** The transport strategies among the providers, wherever in the application they are. */
function eventServers(app: NestFastifyApplication): Server[] {
  const instances = app
    .get(DiscoveryService)
    .getProviders()
    .map(({ instance }) => instance as unknown)
    .filter((instance): instance is Server => instance instanceof Server);
  return [...new Set(instances)];
}
